import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { CapturesDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { midplane } from '../model/command';
import { visible } from '../model/text';
import { CopyCommand } from '../parts/command';
import { Empty, Loaded } from '../parts/loaded';
import { Ago } from '../parts/time';

/** What is recorded of messages, layer by layer: a narrower one wins. */
export function Captures() {
  const captures = useApi(CapturesDocument, {});
  return (
    <Loaded query={captures} what="the capture settings">
      {({ captures: all }) => (
        <>
          <p>
            Without any setting: times of every step, headers and body at the start of a route and where it fails, kept
            for 14 days. A layer for an environment, integration or route says otherwise.{' '}
            <CopyCommand command={midplane('capture')} />
          </p>
          {all.length === 0 ? (
            <Empty title="No layer says otherwise">
              <code>midplane capture orders --bodies --for 10m</code> records more of one integration for a while.
            </Empty>
          ) : (
            <Table aria-label="Capture settings" variant="compact">
              <Thead>
                <Tr>
                  <Th>For</Th>
                  <Th>Settings</Th>
                  <Th>Window</Th>
                </Tr>
              </Thead>
              <Tbody>
                {all.map((one) => {
                  const place = [one.environment, one.project, one.integration, one.route].filter(Boolean).join(' / ');
                  return (
                    <Tr key={place}>
                      <Td dataLabel="For">{place || 'everything'}</Td>
                      <Td dataLabel="Settings">
                        <code>{visible(one.settings)}</code>
                      </Td>
                      <Td dataLabel="Window">
                        {one.windowLevel && (
                          <>
                            {one.windowLevel}, closes <Ago at={one.windowUntil} />
                          </>
                        )}
                      </Td>
                    </Tr>
                  );
                })}
              </Tbody>
            </Table>
          )}
        </>
      )}
    </Loaded>
  );
}
