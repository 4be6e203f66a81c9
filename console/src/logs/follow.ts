// Lines of logs over the live connection, bounded: the browser keeps the newest, the runtime keeps all.

import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import type { ApiError } from '../api/client';
import { LogsDocument, type LogsSubscription } from '../api/generated';
import { useLive } from '../api/hooks';

export type Line = LogsSubscription['logs'] & { key: number };

/** More than anybody scrolls through; a search reads the rest. */
const MOST = 3_000;
const TAIL = 300;
const SHOW_MS = 250;

type Wanted = { ids: string[]; level: string; grep: string; previous: boolean };
type Kept = { lines: Line[]; waiting: Line[]; dropped: number; next: number; isPaused: boolean };

const nothing = (): Kept => ({ lines: [], waiting: [], dropped: 0, next: 0, isPaused: false });

export function useLog({ ids, level, grep, previous }: Wanted) {
  const kept = useRef<Kept>(nothing());
  const [, show] = useReducer((count: number) => count + 1, 0);
  const [error, setError] = useState<ApiError>();
  const [hasEnded, setEnded] = useState(false);
  const variables = {
    workloads: ids,
    follow: !previous,
    tail: Math.ceil(TAIL / Math.max(1, Math.min(ids.length, 6))),
    level: level || null,
    grep: grep || null,
    previous,
  };
  const key = JSON.stringify(variables);
  const flush = useCallback(() => {
    const now = kept.current;
    if (now.isPaused || now.waiting.length === 0) return;
    const all = [
      ...now.lines,
      ...now.waiting.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.key - b.key)),
    ];
    const over = Math.max(0, all.length - MOST);
    kept.current = { ...now, lines: all.slice(over), waiting: [], dropped: now.dropped + over };
    show();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other lines are wanted
  useEffect(() => {
    kept.current = nothing();
    setError(undefined);
    setEnded(false);
    const timer = setInterval(flush, SHOW_MS);
    return () => clearInterval(timer);
  }, [key, flush]);
  useLive(
    LogsDocument,
    variables,
    {
      next: ({ logs }) => {
        const now = kept.current;
        now.waiting.push({ ...logs, key: now.next });
        now.next += 1;
        if (now.waiting.length > MOST) {
          now.waiting.shift();
          now.dropped += 1;
        }
      },
      refused: setError,
      ended: () => setEnded(true),
    },
    ids.length > 0,
  );
  const pause = useCallback(() => {
    kept.current = { ...kept.current, isPaused: !kept.current.isPaused };
    flush();
    show();
  }, [flush]);
  const { lines, waiting, dropped, isPaused } = kept.current;
  return { lines, waiting: waiting.length, dropped, isPaused, pause, error, hasEnded };
}
