import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { TokensDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { visible } from '../model/text';
import { Loaded } from '../parts/loaded';
import { Ago, At } from '../parts/time';

/** What programs and browsers sign in with. Secrets are shown once, when they are made, and never here. */
export function Tokens() {
  const tokens = useApi(TokensDocument, {});
  return (
    <Loaded query={tokens} what="tokens">
      {({ tokens: all }) => (
        <Table aria-label="Tokens and sessions" variant="compact">
          <Thead>
            <Tr>
              <Th>Name</Th>
              <Th>Kind</Th>
              <Th>Made</Th>
              <Th>Last used</Th>
              <Th>Ends</Th>
            </Tr>
          </Thead>
          <Tbody>
            {all.map((one) => (
              <Tr key={one.id}>
                <Td dataLabel="Name">{visible(one.name)}</Td>
                <Td dataLabel="Kind">{one.kind === 'session' ? 'browser' : 'program'}</Td>
                <Td dataLabel="Made">
                  <At at={one.createdAt} />
                </Td>
                <Td dataLabel="Last used">
                  <Ago at={one.lastUsedAt} />
                </Td>
                <Td dataLabel="Ends">{one.expiresAt ? <Ago at={one.expiresAt} /> : 'when it is revoked'}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </Loaded>
  );
}
