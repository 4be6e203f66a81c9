// The ways of two messages, step by step. What is equal for long is folded.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { cut, visible } from '../model/text';
import { FAILED, FAILED_INSIDE, folded, type Row, type Said } from '../model/way';

type Props = { rows: Row[]; left: string; right: string; label: string };

export function WayTable({ rows, left, right, label }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <table className="mp-steps" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col" className="mp-nowrap">
            {left}
          </th>
          <th scope="col" className="mp-nowrap">
            {right}
          </th>
        </tr>
      </thead>
      <tbody>
        {folded(rows, isOpen).map((one, at) =>
          one.is === 'fold' ? (
            <tr key={at}>
              <td colSpan={3}>
                <Button variant="link" isInline size="sm" onClick={() => setOpen(true)}>
                  {one.rows === 1 ? '1 step went the same way' : `${one.rows} steps went the same way`}
                </Button>
              </td>
            </tr>
          ) : (
            <tr key={at} className={one.row.is === 'both' ? undefined : `mp-diff-${one.row.is}`}>
              <td>{visible(one.row.name)}</td>
              <td className={lookOf(one.row.left, one.row.differs)}>{one.row.left}</td>
              <td className={lookOf(one.row.right, one.row.differs)}>{one.row.right}</td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

function lookOf(said: string, differs: boolean): string {
  if (said === FAILED_INSIDE) return 'mp-nowrap mp-quiet';
  return differs && said === FAILED ? 'mp-nowrap mp-bad' : 'mp-nowrap';
}

type SaidProps = { label: string; name: string; left: string; right: string; rows: Said[] };

/** As many as a glance takes in; most differences of headers are noise. */
const SHOWN = 8;

/** What is not equal of two messages, side by side. */
export function SaidTable({ label, name, left, right, rows }: SaidProps) {
  const [isOpen, setOpen] = useState(false);
  if (rows.length === 0) return null;
  const shown = isOpen ? rows : rows.slice(0, SHOWN);
  const more = rows.length - shown.length;
  return (
    <table className="mp-steps mp-said" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{name}</th>
          <th scope="col">{left}</th>
          <th scope="col">{right}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((one, at) => (
          <tr key={at}>
            <td>{visible(one.name)}</td>
            <td>{visible(cut(one.left, LONGEST).text)}</td>
            <td>{visible(cut(one.right, LONGEST).text)}</td>
          </tr>
        ))}
        {more > 0 && (
          <tr>
            <td colSpan={3}>
              <Button variant="link" isInline size="sm" onClick={() => setOpen(true)}>
                {more === 1 ? '1 more difference' : `${more} more differences`}
              </Button>
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** A value that is longer is looked at where the message is. */
const LONGEST = 300;

type Attribute = { name: string; left?: string | null; right?: string | null };

/** Attributes of two messages that are not equal. */
export function AttributeTable({ attributes, left, right }: { attributes: Attribute[]; left: string; right: string }) {
  const rows = attributes.map((one) => ({ name: one.name, left: one.left ?? 'none', right: one.right ?? 'none' }));
  return <SaidTable label="Attributes that differ" name="Attribute" left={left} right={right} rows={rows} />;
}
