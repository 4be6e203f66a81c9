// Some of the messages tried in the sandbox, one after the other, as the command line does it. It can be left at any time;
// nothing gets out either way but reads that somebody lets be asked.

import { useCallback, useEffect, useRef, useState } from 'react';
import { asApiError, request } from '../api/client';
import { BulkTrialDocument, MessagesDocument } from '../api/generated';
import { candidates, type Fate, fate, isBad, type Tally, type Tried, tally } from '../model/bulk';
import { asksNext, isRead } from '../model/bulk-ask';
import { type Chosen, toReplies } from '../model/choice';

/** What is tried unless a canary says fewer; what so many show, the others show as well. */
const MOST = 20;

export type Trial = {
  /** How many were tried; undefined before the first trial. */
  done: Tried | undefined;
  fates: Tally;
  /** What the system does not keep from the sandbox. */
  weaker: string | undefined;
  error: string | undefined;
  isRunning: boolean;
  /** One of them stopped at a read that can really be asked. */
  stopsAtRead: boolean;
  /** Reads without a usable reply were really asked. */
  asks: boolean;
  run: (most: number | null, stopAfter: number, asks?: boolean) => void;
  stop: () => void;
};

type State = Omit<Trial, 'run' | 'stop'>;
const NOTHING: State = {
  done: undefined,
  fates: [],
  weaker: undefined,
  error: undefined,
  isRunning: false,
  stopsAtRead: false,
  asks: false,
};

export function useTrial(query: string): Trial {
  const [state, set] = useState(NOTHING);
  const running = useRef<AbortController | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another query is another trial
  useEffect(() => {
    set(NOTHING);
    return () => running.current?.abort();
  }, [query]);

  const run = useCallback(
    async (most: number | null, stopAfter: number, asks: boolean) => {
      const control = new AbortController();
      running.current = control;
      const { signal } = control;
      const say = (part: Partial<State>) => {
        if (!signal.aborted) set((before) => ({ ...before, ...part }));
      };
      set({ ...NOTHING, isRunning: true, asks });
      try {
        const first = Math.min(most ?? MOST, MOST);
        const { messages } = await request(MessagesDocument, { query: candidates(query), first, after: null }, signal);
        let fates: Tally = [];
        let bad = 0;
        let outdated = 0;
        const taken = { of: messages.nodes.length, isAll: !messages.next };
        say({ done: { tried: 0, ...taken } });
        for (const [at, { id }] of messages.nodes.entries()) {
          const said = await tried(id, asks, signal, say);
          if (signal.aborted) break;
          fates = tally(fates, id, said);
          if (isBad(said)) bad += 1;
          if (said.is === 'outdated') outdated += 1;
          say({ fates, done: { tried: at + 1, ...taken } });
          if (stopAfter > 0 && bad + outdated >= stopAfter) {
            // What a replay asks anew is no reason for it to pause.
            say({ done: { tried: at + 1, ...taken, pauses: bad >= stopAfter } });
            break;
          }
        }
      } catch (err) {
        const { message, code } = asApiError(err);
        say({ error: `${message} ${code}` });
      }
      if (running.current === control) set((before) => ({ ...before, isRunning: false }));
    },
    [query],
  );
  const stop = useCallback(() => running.current?.abort(), []);
  return { ...state, run: (most, stopAfter, asks = false) => void run(most, stopAfter, asks), stop };
}

/**
 * What would become of one message; one that cannot be tried is told as such and does not end the others. A read that it
 * stops at is asked for in the next attempt, because only the attempt tells which step it is.
 */
async function tried(
  message: string,
  asks: boolean,
  signal: AbortSignal,
  say: (part: Partial<State>) => void,
): Promise<Fate> {
  const untried = (text: string): Fate => ({ is: 'untried', text });
  let chosen: Chosen[] = [];
  let last: Fate | undefined;
  try {
    for (;;) {
      const { dryReplay } = await request(BulkTrialDocument, { message, replies: toReplies(chosen) }, signal);
      if (dryReplay.weaker) say({ weaker: dryReplay.weaker });
      last = fate(dryReplay);
      const more = asks ? asksNext(chosen, dryReplay) : undefined;
      if (!more) {
        if (isRead(dryReplay)) say({ stopsAtRead: true });
        return last;
      }
      chosen = more;
    }
  } catch (err) {
    if (signal.aborted) return untried('');
    // What may not be asked stays where it stopped.
    if (last !== undefined) return last;
    const { message: text, code } = asApiError(err);
    return untried(`cannot be tried: ${text} ${code}`.trim());
  }
}
