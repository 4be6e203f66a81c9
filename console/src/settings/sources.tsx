import { Alert, Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { SourcesDocument, SyncSourceDocument } from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { midplane } from '../model/command';
import { visible } from '../model/text';
import { CopyCommand } from '../parts/command';
import { Empty, Loaded } from '../parts/loaded';
import { State } from '../parts/state';
import { Ago } from '../parts/time';

/** Repositories that integrations are read from, and whether the last look at each went well. */
export function Sources() {
  const sources = useApi(SourcesDocument, {}, { refreshMs: 10_000 });
  return (
    <Loaded query={sources} what="the sources">
      {({ sources: all }) =>
        all.length === 0 ? (
          <Empty title="No source yet">
            A source is a Git repository, branch and folder. Add one with the API field <code>addSource</code>.
          </Empty>
        ) : (
          <Table aria-label="Git sources" variant="compact">
            <Thead>
              <Tr>
                <Th>Source</Th>
                <Th>Repository</Th>
                <Th>State</Th>
                <Th>Applied commit</Th>
                <Th>Looked at</Th>
                <Th screenReaderText="Actions" />
              </Tr>
            </Thead>
            <Tbody>
              {all.map((one) => (
                <Tr key={one.id}>
                  <Td dataLabel="Source">
                    {one.name}
                    <div className="mp-quiet">{one.project}</div>
                  </Td>
                  <Td dataLabel="Repository" className="mp-failure">
                    {visible(one.url)}
                    <div className="mp-quiet">
                      branch {visible(one.branch)}
                      {one.path && `, folder ${visible(one.path)}`}
                    </div>
                  </Td>
                  <Td dataLabel="State">
                    <State state={one.state} />
                    {one.reason && (
                      <div className="mp-why">
                        {visible(one.reason)} <span className="mp-code">{one.code}</span>
                      </div>
                    )}
                    {one.pruneIntegrations.length > 0 && (
                      <div className="mp-why">
                        removing {one.pruneIntegrations.join(', ')} waits to be confirmed: <code>confirmPrune</code>
                      </div>
                    )}
                  </Td>
                  <Td dataLabel="Applied commit">
                    {one.commit && <code>{one.commit.slice(0, 4)}</code>} {visible(one.subject ?? '')}
                    <div className="mp-quiet">{visible(one.author ?? '')}</div>
                  </Td>
                  <Td dataLabel="Looked at">
                    <Ago at={one.checkedAt} />
                  </Td>
                  <Td isActionCell>
                    <Sync name={one.name} />
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

function Sync({ name }: { name: string }) {
  const may = useMay();
  const sync = useChange(SyncSourceDocument, 'Sources', 'Deployments', 'Integrations');
  if (!may('source:sync')) return null;
  const done = sync.data?.syncSource;
  return (
    <>
      <span className="mp-search-bar">
        <Button size="sm" variant="secondary" isLoading={sync.isPending} onClick={() => sync.mutate({ name })}>
          Look now
        </Button>
        <CopyCommand command={midplane('sync', name)} />
      </span>
      {done && <div className="mp-quiet">{done.changed ? done.messages.map(visible).join('; ') : 'nothing new'}</div>}
      {sync.error && <Alert isInline isPlain variant="danger" component="p" title={sync.error.message} />}
    </>
  );
}
