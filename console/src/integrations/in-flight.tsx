import { Alert } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { InFlightDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Empty, Loaded } from '../parts/loaded';
import { useScope } from '../shell/scope';

/** What is being worked on at this moment, the oldest first, as the tracers answer. */
export function InFlight({ integration }: { integration: string }) {
  const { environment } = useScope();
  const flights = useApi(InFlightDocument, { integration, environment }, { refreshMs: 2_000 });
  return (
    <Loaded query={flights} what="messages in flight">
      {({ messagesInFlight: found }) => (
        <>
          {found.notes.map((note) => (
            <Alert key={note} isInline isPlain variant="warning" title={visible(note)} component="p" />
          ))}
          {found.nodes.length === 0 ? (
            <Empty title="Nothing is in flight">
              A message is listed here while it is worked on; most are done before anybody can look. One that stays
              names the node where it hangs.
            </Empty>
          ) : (
            <Table aria-label="Messages in flight" variant="compact">
              <Thead>
                <Tr>
                  <Th>Message</Th>
                  <Th>Route</Th>
                  <Th>Node</Th>
                  <Th>Age</Th>
                  <Th>At the node for</Th>
                  <Th>Steps so far</Th>
                  <Th>Thread</Th>
                </Tr>
              </Thead>
              <Tbody>
                {found.nodes.map((one) => (
                  <Tr key={one.id}>
                    <Td dataLabel="Message">
                      <code>{one.short}</code>
                    </Td>
                    <Td dataLabel="Route">{one.route}</Td>
                    <Td dataLabel="Node">{one.node ?? 'between two nodes'}</Td>
                    <Td dataLabel="Age">{duration(one.ageUs)}</Td>
                    <Td dataLabel="At the node for">{duration(one.nodeAgeUs)}</Td>
                    <Td dataLabel="Steps so far">{one.steps}</Td>
                    <Td dataLabel="Thread">{visible(one.thread)}</Td>
                  </Tr>
                ))}
              </Tbody>
            </Table>
          )}
          {found.total > found.nodes.length && (
            <p className="mp-quiet">
              The oldest {found.nodes.length} of {found.total} are shown.
            </p>
          )}
        </>
      )}
    </Loaded>
  );
}
