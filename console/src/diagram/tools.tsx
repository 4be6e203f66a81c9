// What stands around a diagram: finding a node, what the colours mean.

import { Button, SearchInput } from '@patternfly/react-core';
import SmallerIcon from '@patternfly/react-icons/dist/esm/icons/compress-arrows-alt-icon';
import FitIcon from '@patternfly/react-icons/dist/esm/icons/compress-icon';
import DownloadIcon from '@patternfly/react-icons/dist/esm/icons/download-icon';
import LargerIcon from '@patternfly/react-icons/dist/esm/icons/expand-arrows-alt-icon';
import OutIcon from '@patternfly/react-icons/dist/esm/icons/search-minus-icon';
import InIcon from '@patternfly/react-icons/dist/esm/icons/search-plus-icon';
import type { ReactFlowInstance } from '@xyflow/react';
import { type ReactNode, type RefObject, useMemo, useState } from 'react';
import { find } from '../model/diagram/find';
import type { PlacedRoute } from '../model/diagram/join';

type Props = {
  routes: PlacedRoute[];
  /** Marks what was found and brings it into sight; nothing was. */
  show: (id: string | undefined) => void;
};

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
    <div className="mp-diagram-find">
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
          show(find(routes, text)[0]);
        }}
        onSearch={() => go(at + 1)}
        onClear={() => {
          setWords('');
          show(undefined);
        }}
      />
    </div>
  );
}

type ToolsProps = {
  flow: RefObject<ReactFlowInstance | null>;
  isWide: boolean;
  setWide: (is: boolean) => void;
  showAll: () => void;
  keep: () => void;
};

/** Zoom, size and saving, beside the picture: over it they would cover what is in a corner. */
export function Tools({ flow, isWide, setWide, showAll, keep }: ToolsProps) {
  const tool = (name: string, icon: ReactNode, onClick: () => void) => (
    <Button variant="plain" size="sm" aria-label={name} title={name} icon={icon} onClick={onClick} />
  );
  return (
    <div className="mp-diagram-tools">
      {tool('Zoom in', <InIcon />, () => void flow.current?.zoomIn())}
      {tool('Zoom out', <OutIcon />, () => void flow.current?.zoomOut())}
      {tool('Show all of it', <FitIcon />, showAll)}
      {tool(isWide ? 'Smaller' : 'Larger', isWide ? <SmallerIcon /> : <LargerIcon />, () => setWide(!isWide))}
      {tool('Save as SVG', <DownloadIcon />, keep)}
    </div>
  );
}

const SAYS = {
  path: [
    ['mp-box-passed', 'passed'],
    ['mp-box-failed', 'failed here'],
    ['mp-box-inside', 'failed inside'],
    ['mp-box-unused', 'not reached'],
  ],
  heat: [['mp-box-failed', 'messages failed here']],
} as const;

export function Legend({ of }: { of: keyof typeof SAYS }) {
  return (
    <ul className="mp-legend mp-quiet" aria-label="What the colours mean">
      {of === 'heat' && (
        <li>
          little time
          <span className="mp-legend-strip" aria-hidden="true" />
          most of the time
        </li>
      )}
      {SAYS[of].map(([look, text]) => (
        <li key={look}>
          <span className={`mp-legend-box ${look}`} aria-hidden="true" />
          {text}
        </li>
      ))}
    </ul>
  );
}
