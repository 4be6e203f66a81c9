// Environment and time range of the top bar, from the address: they go along to every screen and make an address complete.

import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { type Range, readRange } from '../model/range';
import { useNow } from '../parts/now';

export type Scope = {
  environment: string | null;
  range: Range;
  /** What a link to another screen carries along: `?env=dev&range=6h`, or nothing. */
  carried: string;
};

/** How far a live range moves before a screen reads again. */
const MOVES_MS = 10_000;

export function useScope(): Scope {
  const [parameters] = useSearchParams();
  const now = useNow(MOVES_MS);
  const [environment, text] = [parameters.get('env'), parameters.get('range')];
  return useMemo(() => {
    const carried = new URLSearchParams();
    if (environment) carried.set('env', environment);
    if (text) carried.set('range', text);
    const query = carried.toString();
    return { environment, range: readRange(text, now), carried: query ? `?${query}` : '' };
  }, [environment, text, now]);
}

/** Changes parameters of the address in place: `null` takes one away. */
export function useParameters(): [URLSearchParams, (change: Record<string, string | null>, push?: boolean) => void] {
  const [parameters, set] = useSearchParams();
  const change = useCallback(
    (changes: Record<string, string | null>, push = false) => {
      set(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [key, value] of Object.entries(changes)) {
            if (value === null || value === '') after.delete(key);
            else after.set(key, value);
          }
          return after;
        },
        { replace: !push },
      );
    },
    [set],
  );
  return [parameters, change];
}
