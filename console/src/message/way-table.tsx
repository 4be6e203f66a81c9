// The ways of two messages, step by step. What is equal for long is folded.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { visible } from '../model/text';
import { folded, type Row } from '../model/way';

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
              <td className={one.row.differs && one.row.left === 'failed' ? 'mp-bad' : undefined}>{one.row.left}</td>
              <td className={one.row.differs && one.row.right === 'failed' ? 'mp-nowrap mp-bad' : 'mp-nowrap'}>
                {one.row.right}
              </td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

type Attribute = { name: string; left?: string | null; right?: string | null };

/** Attributes of two messages that are not equal. */
export function AttributeTable({ attributes, left, right }: { attributes: Attribute[]; left: string; right: string }) {
  if (attributes.length === 0) return null;
  return (
    <table className="mp-steps" aria-label="Attributes that differ">
      <thead>
        <tr>
          <th scope="col">Attribute</th>
          <th scope="col">{left}</th>
          <th scope="col">{right}</th>
        </tr>
      </thead>
      <tbody>
        {attributes.map((one) => (
          <tr key={one.name}>
            <td>{visible(one.name)}</td>
            <td>{visible(one.left ?? 'none')}</td>
            <td>{visible(one.right ?? 'none')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
