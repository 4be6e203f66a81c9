// Lines of logs over the live connection, bounded: the browser keeps the newest, the runtime keeps all.

import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import type { ApiError } from '../api/client';
import { LogsDocument, type LogsSubscription } from '../api/generated';
import { useLive } from '../api/hooks';
import { type Between, isWithin, nonePassed, passes } from '../model/log-window';

export type Line = LogsSubscription['logs'] & { key: number };

/** More than anybody scrolls through; a search reads the rest. */
const MOST = 3_000;
const TAIL = 300;
const SHOW_MS = 250;
/** A window is asked for as a time back from now, and `now` is a little later there; what is too early is left out here. */
const EARLY_MS = 5_000;

type Wanted = {
  ids: string[];
  level: string;
  grep: string;
  previous: boolean;
  /** What was written then, from its first line on, instead of the newest. */
  between?: Between | undefined;
};
type Kept = { lines: Line[]; waiting: Line[]; dropped: number; next: number; isPaused: boolean };

const nothing = (): Kept => ({ lines: [], waiting: [], dropped: 0, next: 0, isPaused: false });

export function useLog({ ids, level, grep, previous, between }: Wanted) {
  const kept = useRef<Kept>(nothing());
  const [, show] = useReducer((count: number) => count + 1, 0);
  const [error, setError] = useState<ApiError>();
  const [hasEnded, setEnded] = useState(false);
  const passed = useRef(nonePassed());
  const from = between?.from.getTime();
  const sinceMs = useMemo(() => (from === undefined ? null : Math.max(0, Date.now() - from) + EARLY_MS), [from]);
  const variables = {
    workloads: ids,
    follow: !previous && !between,
    sinceMs,
    tail: between ? null : Math.ceil(TAIL / Math.max(1, Math.min(ids.length, 6))),
    level: level || null,
    grep: grep || null,
    previous,
  };
  const key = JSON.stringify([variables, between?.to]);
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
    passed.current = nonePassed();
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
        if (between) {
          if (passes(passed.current, between, logs, ids.length, MOST)) setEnded(true);
          if (!isWithin(between, logs.time)) return;
        }
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
    ids.length > 0 && !(between && hasEnded),
  );
  const pause = useCallback(() => {
    kept.current = { ...kept.current, isPaused: !kept.current.isPaused };
    flush();
    show();
  }, [flush]);
  const { lines, waiting, dropped, isPaused } = kept.current;
  const isCut = between !== undefined && passed.current.lines >= MOST;
  return { lines, waiting: waiting.length, dropped, isPaused, pause, error, hasEnded, isCut };
}
