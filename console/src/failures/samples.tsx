import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { type FailureGroupFragment, MessagesDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { queryOf } from '../model/failure';
import { listed } from '../model/id';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { State } from '../parts/state';
import { Moment } from '../parts/time';

/** Enough to see whether they are alike. */
const SAMPLES = 8;

/** The newest messages of a group. */
export function Samples({ group }: { group: FailureGroupFragment }) {
  const since = new Date(Date.parse(group.firstAt) - 1_000).toISOString();
  const query = `${queryOf(group)} since:${since}`;
  const found = useApi(MessagesDocument, { query, first: SAMPLES, after: null });
  return (
    <Loaded query={found} what="samples">
      {({ messages }) =>
        messages.nodes.length === 0 ? (
          <Empty title="None is kept">Its messages are older than what is kept of them.</Empty>
        ) : (
          <Table aria-label="Samples" variant="compact">
            <Thead>
              <Tr>
                <Th>Outcome</Th>
                <Th>Started</Th>
                <Th>Took</Th>
                <Th modifier="nowrap" info={{ tooltip: 'Values that its messages are found by, as in orderId:A-17' }}>
                  Attributes
                </Th>
                <Th>Id</Th>
              </Tr>
            </Thead>
            <Tbody>
              {messages.nodes.map((one) => (
                <Tr key={one.id}>
                  <Td dataLabel="Outcome">
                    <State state={one.outcome} />
                  </Td>
                  <Td dataLabel="Started">
                    <Link to={`/messages/${one.id}`}>
                      <Moment at={one.startedAt} />
                    </Link>
                  </Td>
                  <Td dataLabel="Took">{duration(one.durationUs)}</Td>
                  <Td dataLabel="Attributes" className="mp-failure">
                    {one.attributes.map((it) => `${visible(it.name)} ${visible(it.value)}`).join(', ')}
                  </Td>
                  <Td dataLabel="Id">
                    <code title={one.id} className="mp-nowrap">
                      {listed(one.id)}
                    </code>
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )
      }
    </Loaded>
  );
}
