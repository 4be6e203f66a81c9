// Subscriptions over one WebSocket. It opens with the first and closes after the last, and comes back by itself; what was
// missed meanwhile is not repeated by the server, so whoever listens reads its list again (`onBack`).

import { createClient } from 'graphql-ws';
import { ApiError } from './client';
import type { TypedDocumentString } from './generated';

export type Connection = 'connecting' | 'connected' | 'lost';

const listeners = new Set<(state: Connection) => void>();
let current: Connection = 'connecting';

function say(state: Connection): void {
  current = state;
  for (const listener of listeners) listener(state);
}

export function connection(): Connection {
  return current;
}

export function onConnection(listener: (state: Connection) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Half a minute at most: a laptop that wakes up should not wait longer than its owner. */
const LONGEST_WAIT_MS = 30_000;

const client = createClient({
  url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql/ws`,
  lazyCloseTimeout: 3_000,
  keepAlive: 20_000,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  retryWait: async (retries) => {
    say('lost');
    const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** Math.min(retries, 6));
    await new Promise((resolve) => setTimeout(resolve, wait * (0.75 + Math.random() / 2)));
  },
  on: { connected: () => say('connected') },
});

type Refusal = { message: string; extensions?: { kind?: string; code?: string } };

function refusal({ message, extensions: { kind = 'internal', code = '' } = {} }: Refusal): ApiError {
  return new ApiError(message, kind, code);
}

export type Listener<Result> = {
  next: (result: Result) => void;
  /** The server refused it; there will be no more. */
  refused?: (err: ApiError) => void;
  /** The connection was lost and is back: anything may have been missed. */
  back?: () => void;
  ended?: () => void;
};

export function subscribe<Result, Variables extends Record<string, unknown>>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  listener: Listener<Result>,
): () => void {
  let wasLost = false;
  const unwatch = onConnection((state) => {
    if (state === 'lost') wasLost = true;
    if (state === 'connected' && wasLost) {
      wasLost = false;
      listener.back?.();
    }
  });
  const end = client.subscribe<Result>(
    { query: document.toString(), variables },
    {
      next: (answer) => {
        const first = answer.errors?.[0];
        if (first) {
          listener.refused?.(refusal(first));
        } else if (answer.data) {
          listener.next(answer.data);
        }
      },
      error: (err) => {
        const first = Array.isArray(err) ? (err[0] as Refusal) : undefined;
        listener.refused?.(first ? refusal(first) : new ApiError('the live connection ended', 'unavailable', ''));
      },
      complete: () => listener.ended?.(),
    },
  );
  return () => {
    unwatch();
    end();
  };
}
