// Messages as rows of which only those in view exist: a hundred thousand scroll as ten do. Rows can be chosen, to do something
// with them.

import './messages.css';

import { Checkbox, Label } from '@patternfly/react-core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import type { MessageFragment } from '../api/generated';
import { columnsOf, wide } from '../model/columns';
import { essence } from '../model/fault';
import { listed } from '../model/id';
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
  const columns = useMemo(() => columnsOf(rows, attributes, most), [rows, attributes, most]);
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
  /** What is between the links and boxes of a row opens it too; text that was marked there is not let go. */
  const onClick = (event: React.MouseEvent) => {
    const on = event.target as HTMLElement;
    const row = rows[Number(on.closest<HTMLElement>('[data-row]')?.dataset.row ?? -1)];
    if (!row || on.closest('a, button, input, label, [data-choice]') || getSelection()?.toString()) return;
    const to = address(`/messages/${row.id}`);
    if (event.ctrlKey || event.metaKey) open(to, '_blank');
    else void navigate(to);
  };
  const hasChoice = choice !== undefined;
  const style = useMemo(() => layout(rows, columns, hasChoice), [rows, columns, hasChoice]);
  return (
    <>
      {/* The frame takes the keyboard: arrows go to a row, Enter opens it, the space bar chooses it. */}
      <div
        ref={frame}
        className="mp-grid mp-messages"
        role="table"
        aria-label="Messages"
        aria-rowcount={rows.length + 1}
        aria-busy={isReading}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={onClick}
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
                data-row={item.index}
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
        <span role="cell" data-choice>
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
        <State state={row.outcome} />{' '}
        {row.repairedBy && (
          <Label isCompact color="green">
            repaired
          </Label>
        )}
      </span>
      <span role="cell">
        <Link to={`/messages/${row.id}`}>
          <Moment at={row.startedAt} />
        </Link>
      </span>
      <span role="cell" title={`${row.integration}/${row.route} on ${row.runtime}`}>
        {visible(row.integration)} / <strong>{visible(row.route)}</strong>{' '}
        {!row.error && <span className="mp-quiet">{row.flags.join(', ')}</span>}
      </span>
      {columns.map((name) => {
        const value = attributeOf(row, name);
        return (
          <span key={name} role="cell" title={visible(value)}>
            {visible(value)}
          </span>
        );
      })}
      <span role="cell">{duration(row.durationUs)}</span>
      <span role="cell" className="mp-error" title={visible(row.error ?? '')}>
        {row.error && visible(essence(row.error))}
      </span>
      <span role="cell">
        <code title={row.id}>{listed(row.id)}</code>
      </span>
    </>
  );
}

/** Names and attributes are as wide as they need; what went wrong has the rest. In rem. */
function layout(rows: MessageFragment[], columns: string[], hasChoice: boolean) {
  const widths = [
    ...(hasChoice ? [1.25] : []),
    rows.some((row) => row.repairedBy) ? 8.25 : 6.25,
    6,
    LETTER * wide(rows.map(placeSaid), 14, 40),
    ...columns.map((name) => DIGIT * wide([name, ...rows.map((row) => attributeOf(row, name))], 6, 28)),
    4.25,
  ];
  const last =
    DIGIT *
    wide(
      rows.map((row) => listed(row.id)),
      4,
      26,
    );
  return {
    gridTemplateColumns: `${widths.map((one) => `${one}rem`).join(' ')} minmax(${LEAST_ERROR}rem, 1fr) ${last}rem`,
    // So that a small screen scrolls sideways instead of cutting the last column; each has a gap beside it.
    minWidth: `${[...widths, LEAST_ERROR, last].reduce((sum, one) => sum + one + GAP, GAP)}rem`,
  };
}

/** As wide as letters of a name, and digits of an id, are on average in a row. */
const LETTER = 0.42;
const DIGIT = 0.5;
const GAP = 0.75;
const LEAST_ERROR = 8;

const attributeOf = (row: MessageFragment, name: string) =>
  row.attributes.find((one) => one.name === name)?.value ?? '';

const placeSaid = (row: MessageFragment) =>
  [row.integration, '/', row.route, ...(row.error ? [] : row.flags)].join(' ');
