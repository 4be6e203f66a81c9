// Rows of the audit. What one press asked of many messages is one row, which opens.

import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { folded, type Target } from '../model/audit';
import { plural } from '../model/plural';
import { visible } from '../model/text';
import { Link } from '../parts/link';
import { At } from '../parts/time';

/** An entry in the words that are shown of it. */
export type Told = {
  seq: number;
  at: string;
  actor: string;
  who: string;
  action: string;
  kind: string;
  target: string;
  on: Target;
  lines: [key: string, value: string][];
};

export function AuditRows({ entries }: { entries: Told[] }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const rows = folded(entries).flatMap((row) => {
    const [first, ...others] = row;
    if (!first) return [];
    if (others.length === 0 || open.has(first.seq)) return row.map((one) => ({ one, others: [] }));
    return [{ one: first, others }];
  });
  return (
    <Table aria-label="Audit" variant="compact">
      <Thead>
        <Tr>
          <Th>No</Th>
          <Th>When</Th>
          <Th>Who</Th>
          <Th>What</Th>
          <Th>On</Th>
          <Th>Detail</Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map(({ one, others }) => (
          <Row key={one.seq} one={one} others={others} open={() => setOpen(new Set([...open, one.seq]))} />
        ))}
      </Tbody>
    </Table>
  );
}

function Row({ one, others, open }: { one: Told; others: Told[]; open: () => void }) {
  const last = others.at(-1);
  return (
    <Tr>
      <Td dataLabel="No">{last ? `${one.seq} to ${last.seq}` : one.seq}</Td>
      <Td dataLabel="When">
        <At at={one.at} />
      </Td>
      <Td dataLabel="Who" title={one.actor}>
        {visible(one.who)}
      </Td>
      <Td dataLabel="What">{one.action}</Td>
      <Td dataLabel="On" className="mp-failure" title={visible(one.target)}>
        {one.kind}{' '}
        {one.on.to ? (
          <Link to={one.on.to}>{visible(one.on.text)}</Link>
        ) : (
          <span className="mp-code">{visible(one.on.text)}</span>
        )}
        {last && (
          <div>
            <Button variant="link" isInline onClick={open}>
              and {plural(others.length, 'entry', 'entries')} like it
            </Button>
          </div>
        )}
      </Td>
      <Td dataLabel="Detail" className="mp-failure">
        {one.lines.map(([key, value]) => (
          <div key={key}>
            <span className="mp-quiet">{visible(key)}</span> <code>{visible(value)}</code>
          </div>
        ))}
      </Td>
    </Tr>
  );
}
