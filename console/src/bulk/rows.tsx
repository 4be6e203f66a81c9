import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { BulkReplayFragment } from '../api/generated';
import { shownState } from '../model/bulk';
import { visible } from '../model/text';
import { count } from '../model/time';
import { Link } from '../parts/link';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { ProgressBar } from './progress';

export function BulkRows({ bulks }: { bulks: BulkReplayFragment[] }) {
  return (
    <Table aria-label="Bulk replays" variant="compact">
      <Thead>
        <Tr>
          <Th>State</Th>
          <Th>How far</Th>
          <Th>Messages</Th>
          <Th>Asked</Th>
        </Tr>
      </Thead>
      <Tbody>
        {bulks.map((one) => (
          <Tr key={one.id}>
            <Td dataLabel="State">
              <Link to={`/replays/${one.id}`} className="mp-plain">
                <State state={shownState(one.state)} />
              </Link>
              {one.reason && one.state === 'paused' && <div className="mp-why">{visible(one.reason)}</div>}
            </Td>
            <Td dataLabel="How far">
              <Link to={`/replays/${one.id}`}>
                {count(one.begun)} of {count(one.total)} begun, {count(one.completed)} completed
              </Link>
              <ProgressBar of={one} brief />
            </Td>
            <Td dataLabel="Messages" className="mp-failure">
              <span className="mp-query">{visible(one.query)}</span>
            </Td>
            <Td dataLabel="Asked">
              <Ago at={one.askedAt} />
              <div className="mp-quiet">by {visible(one.by)}</div>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
