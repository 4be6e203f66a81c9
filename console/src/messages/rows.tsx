// Messages as rows of which only those in view exist: a hundred thousand scroll as ten do. Rows can be chosen, to do something
// with them.

import { Checkbox } from '@patternfly/react-core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import type { MessageFragment } from '../api/generated';
import { essence } from '../model/fault';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Link, useAddress } from '../parts/link';
import { State } from '../parts/state';
import { Moment } from '../parts/time';

const ROW_PX = 40;

type Props = {
  rows: MessageFragment[];
  /** Attributes to show as columns, as the server proposes. */
  attributes: string[];
  most: number;
  more: (() => void) | undefined;
  isReading: boolean;
  choice?: Choice | undefined;
};

/** The rows that are chosen; `toggle` says no to one more when it is full. */
export type Choice = { has: (id: string) => boolean; toggle: (row: MessageFragment) => void; isFull: boolean };

export function MessageRows({ rows, attributes, most, more, isReading, choice }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const address = useAddress();
  const [at, setAt] = useState(0);
  const columns = columnsOf(rows, attributes, most);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const items = list.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && lastShown >= rows.length - 30) more();
  }, [more, lastShown, rows.length]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const row = rows[at];
    if (event.key === 'ArrowDown') go(Math.min(rows.length - 1, at + 1));
    else if (event.key === 'ArrowUp') go(Math.max(0, at - 1));
    else if (event.key === 'Enter' && row && event.target === frame.current)
      void navigate(address(`/messages/${row.id}`));
    else if (event.key === ' ' && row && choice && event.target === frame.current) choice.toggle(row);
    else return;
    event.preventDefault();
  };
  const go = (index: number) => {
    setAt(index);
    list.scrollToIndex(index);
  };
  const style = {
    gridTemplateColumns: `${choice ? '1.25rem ' : ''}7rem 7rem minmax(8rem, 1.2fr) ${columns.map(() => 'minmax(5.5rem, 0.8fr)').join(' ')} 4.5rem minmax(7rem, 2fr) 5rem`,
    // As wide as the columns at their least, so that a small screen scrolls sideways instead of cutting the last one.
    minWidth: `${44 + (choice ? 2 : 0) + 6.25 * columns.length}rem`,
  };
  return (
    <>
      {/* The frame takes the keyboard: arrows go to a row, Enter opens it, the space bar chooses it. */}
      <div
        ref={frame}
        className="mp-grid"
        role="table"
        aria-label="Messages"
        aria-rowcount={rows.length + 1}
        aria-busy={isReading}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <div className="mp-grid-head" role="row" style={style} aria-rowindex={1}>
          {choice && <span role="columnheader" aria-label="Chosen" />}
          {['Outcome', 'Started', 'Integration / route', ...columns, 'Took', 'What went wrong', 'Id'].map((name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
        <div role="rowgroup" style={{ height: list.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div
                key={row.id}
                role="row"
                aria-rowindex={item.index + 2}
                className={item.index === at ? 'mp-grid-row mp-here' : 'mp-grid-row'}
                style={{ ...style, height: ROW_PX, transform: `translateY(${item.start}px)` }}
              >
                <Cells row={row} columns={columns} choice={choice} />
              </div>
            );
          })}
        </div>
      </div>
      {isReading && <p className="mp-quiet">Reading</p>}
    </>
  );
}

type CellsProps = { row: MessageFragment; columns: string[]; choice: Choice | undefined };

function Cells({ row, columns, choice }: CellsProps) {
  const isChosen = choice?.has(row.id) ?? false;
  return (
    <>
      {choice && (
        <span role="cell">
          <Checkbox
            id={`choose-${row.id}`}
            aria-label={`Choose ${row.short}`}
            isChecked={isChosen}
            isDisabled={choice.isFull && !isChosen}
            // The frame has the keyboard: a hundred thousand stops would be none.
            tabIndex={-1}
            onChange={() => choice.toggle(row)}
          />
        </span>
      )}
      <span role="cell">
        <State state={row.outcome} />
      </span>
      <span role="cell">
        <Link to={`/messages/${row.id}`}>
          <Moment at={row.startedAt} />
        </Link>
      </span>
      <span role="cell" title={`${row.integration}/${row.route} on ${row.runtime}`}>
        {visible(row.integration)} / <strong>{visible(row.route)}</strong>
      </span>
      {columns.map((name) => {
        const value = row.attributes.find((one) => one.name === name)?.value ?? '';
        return (
          <span key={name} role="cell" title={visible(value)}>
            {visible(value)}
          </span>
        );
      })}
      <span role="cell">{duration(row.durationUs)}</span>
      <span role="cell" className="mp-error" title={visible(row.error ?? '')}>
        {row.error ? visible(essence(row.error)) : <span className="mp-quiet">{row.flags.join(', ')}</span>}
      </span>
      <span role="cell">
        <code>{row.short}</code>
      </span>
    </>
  );
}

/** What the server proposes, then what most rows have. */
function columnsOf(rows: MessageFragment[], proposed: string[], most: number): string[] {
  if (proposed.length >= most) return proposed.slice(0, Math.max(most, 1));
  const counts = new Map<string, number>();
  for (const row of rows.slice(0, 200))
    for (const { name } of row.attributes) counts.set(name, (counts.get(name) ?? 0) + 1);
  const others = [...counts.entries()].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  return [...proposed, ...others.filter((name) => !proposed.includes(name))].slice(0, most);
}
