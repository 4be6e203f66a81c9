// What stands around a diagram: finding a node, what the colours mean.

import { SearchInput } from '@patternfly/react-core';
import { Panel } from '@xyflow/react';
import { useMemo, useState } from 'react';
import { find } from '../model/diagram/find';
import type { PlacedRoute } from '../model/diagram/join';

type Props = { routes: PlacedRoute[]; show: (id: string) => void };

/** Enter goes to the next node that has the words. */
export function FindNode({ routes, show }: Props) {
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const found = useMemo(() => find(routes, words), [routes, words]);
  const go = (to: number) => {
    const id = found[((to % found.length) + found.length) % found.length];
    if (id === undefined) return;
    setAt(to);
    show(id);
  };
  return (
    <Panel position="top-right" className="mp-diagram-find">
      <SearchInput
        value={words}
        placeholder="Find a node"
        aria-label="Find a node of the diagram"
        {...(words
          ? { resultsCount: found.length === 0 ? 'none' : `${(at % found.length) + 1} / ${found.length}` }
          : {})}
        {...(found.length > 1 ? { onNextClick: () => go(at + 1), onPreviousClick: () => go(at - 1) } : {})}
        onChange={(_, text) => {
          setWords(text);
          setAt(0);
          const [first] = find(routes, text);
          if (first !== undefined) show(first);
        }}
        onSearch={() => go(at + 1)}
        onClear={() => setWords('')}
      />
    </Panel>
  );
}

const SAYS = {
  path: [
    ['mp-box-passed', 'passed'],
    ['mp-box-failed', 'failed here'],
    ['mp-box-unused', 'not reached'],
  ],
  heat: [
    ['mp-heat-1', 'little time'],
    ['mp-heat-2', ''],
    ['mp-heat-3', ''],
    ['mp-heat-4', 'most of the time'],
    ['mp-box-failed', 'messages failed here'],
  ],
} as const;

export function Legend({ of }: { of: keyof typeof SAYS }) {
  return (
    <ul className="mp-legend mp-quiet" aria-label="What the colours mean">
      {SAYS[of].map(([look, text]) => (
        <li key={look}>
          <span className={`mp-legend-box ${look}`} aria-hidden="true" />
          {text}
        </li>
      ))}
    </ul>
  );
}
