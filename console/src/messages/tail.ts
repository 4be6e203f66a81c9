// The live tail: messages as they arrive, the newest first. What arrives between two frames is shown at once; a buffer that
// is full lets the oldest go.

import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import type { ApiError } from '../api/client';
import { LiveMessagesDocument, type MessageFragment } from '../api/generated';
import { useLive } from '../api/hooks';
import { empty, flush, pause, push, type Tail } from '../model/tail';

/** Often enough to look alive; a screen cannot be read faster. */
const SHOW_MS = 250;

export function useLiveTail(query: string, enabled: boolean) {
  const tail = useRef<Tail<MessageFragment>>(empty());
  const [error, setError] = useState<ApiError>();
  const [, show] = useReducer((count: number) => count + 1, 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another query begins another tail
  useEffect(() => {
    tail.current = empty();
    setError(undefined);
    if (!enabled) return;
    const timer = setInterval(() => {
      const next = flush(tail.current);
      if (next !== tail.current) {
        tail.current = next;
        show();
      }
    }, SHOW_MS);
    return () => clearInterval(timer);
  }, [query, enabled]);
  useLive(
    LiveMessagesDocument,
    { query },
    {
      next: ({ messages }) => {
        tail.current = push(tail.current, messages.message ?? undefined, messages.missed ?? 0);
      },
      refused: setError,
    },
    enabled,
  );
  const toggle = useCallback(() => {
    tail.current = pause(tail.current);
    show();
  }, []);
  const { rows, missed, isPaused, waiting } = tail.current;
  return { rows, missed, isPaused, waiting: waiting.length, error, pause: toggle };
}
