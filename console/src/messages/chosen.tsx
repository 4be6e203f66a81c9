// Rows that somebody chose, and what can be done with them: replayed together. Another search begins another choice.

import { Button } from '@patternfly/react-core';
import { useCallback, useEffect, useState } from 'react';
import type { MessageFragment } from '../api/generated';
import { useMay } from '../api/hooks';
import { and, chosen, MOST_CHOSEN, pair } from '../model/bulk';
import { namesOutcome } from '../model/query';
import { count } from '../model/time';
import { Link } from '../parts/link';
import type { Choice } from './rows';

type Chosen = ReadonlyMap<string, MessageFragment>;
const NONE: Chosen = new Map();

export function useChosen(query: string): { choice: Choice; all: Chosen; clear: () => void } {
  const [all, set] = useState(NONE);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another query begins anew
  useEffect(() => set(NONE), [query]);
  const toggle = useCallback((row: MessageFragment) => {
    set((before) => {
      const after = new Map(before);
      if (!after.delete(row.id) && after.size < MOST_CHOSEN) after.set(row.id, row);
      return after;
    });
  }, []);
  const clear = useCallback(() => set(NONE), []);
  return { choice: { has: (id) => all.has(id), toggle, isFull: all.size >= MOST_CHOSEN }, all, clear };
}

type Props = {
  all: Chosen;
  clear: () => void;
  /** The search as it stands, when its time no longer moves. */
  found: string;
};

/** `3 chosen: replay them`; without a choice, all that the search found, but nothing that went well unless it was asked for. */
export function ChosenBar({ all, clear, found }: Props) {
  const may = useMay();
  if (!may('workload:operate')) return null;
  if (all.size === 0) {
    const isAll = namesOutcome(found);
    return (
      <Link to="/replays/new" parameters={{ q: isAll ? found : and(found, 'outcome:failed') }}>
        {isAll ? 'Replay all' : 'Replay the failed ones'}
      </Link>
    );
  }
  const compares = pair([...all.values()]);
  return (
    <>
      <span aria-live="polite">
        {count(all.size)} chosen
        {all.size >= MOST_CHOSEN && <span className="mp-quiet">, no more at once; replay all that a search finds</span>}
      </span>
      <Link to="/replays/new" parameters={{ q: chosen([...all.values()]) }}>
        Replay {all.size === 1 ? 'it' : 'them'}
      </Link>
      {compares && (
        <Link to={`/messages/${compares.id}`} parameters={{ tab: 'compared', with: compares.with }}>
          Compare them
        </Link>
      )}
      <Button variant="link" size="sm" onClick={clear}>
        Choose none
      </Button>
    </>
  );
}
