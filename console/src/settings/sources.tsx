import { Button, TextInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import {
  ConfirmPruneDocument,
  RemoveSourceDocument,
  SourcesDocument,
  type SourcesQuery,
  SyncSourceDocument,
} from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { midplane } from '../model/command';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Failed } from '../parts/failed';
import { takeFocus, useReturn } from '../parts/focus';
import { Empty, Loaded } from '../parts/loaded';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { useParameters } from '../shell/scope';
import { Opens } from './form';
import { SourceForm } from './source-form';

type Source = SourcesQuery['sources'][number];

/** Repositories that integrations are read from, and whether the last look at each went well. */
export function Sources() {
  const may = useMay();
  const sources = useApi(SourcesDocument, {}, { refreshMs: 10_000 });
  const [parameters, change] = useParameters();
  const open = parameters.get('source');
  const edit = (source: string | null) => change({ source });
  return (
    <Loaded query={sources} what="the sources">
      {({ sources: all }) => {
        const edited = all.find((one) => one.id === open);
        return (
          <>
            {may('source:manage') && (
              <Opens name="Add a source" isOpen={open !== null} open={() => edit('new')}>
                <SourceForm key={open} {...(edited ? { source: edited } : {})} close={() => edit(null)} />
              </Opens>
            )}
            {all.length === 0 ? (
              <Empty title="No source yet">
                A source is a Git repository, branch and folder. Every folder with Camel routes in it becomes an
                integration.
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
                        {one.pruneIntegrations.length > 0 && <Prune source={one} />}
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
                        {may('source:manage') && (
                          <Button variant="link" size="sm" onClick={() => edit(one.id)}>
                            Change
                          </Button>
                        )}
                        {may('source:manage') && <Remove source={one} />}
                      </Td>
                    </Tr>
                  ))}
                </Tbody>
              </Table>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

/** A commit that removes much waits until somebody says that it is meant. */
function Prune({ source }: { source: Source }) {
  const may = useMay();
  const confirm = useChange(ConfirmPruneDocument, 'Sources', 'Integrations', 'Deployments');
  const commit = source.pruneCommit ?? '';
  return (
    <div className="mp-confirm">
      <span>
        Commit <code>{commit.slice(0, 8)}</code> removes {source.pruneIntegrations.map(visible).join(', ')}. Nothing is
        removed until it is confirmed.
      </span>
      {may('source:manage') && (
        <span className="mp-search-bar">
          <Act
            size="sm"
            variant="danger"
            isBusy={confirm.isPending}
            onClick={() => confirm.mutate({ name: source.name, commit })}
          >
            Remove them
          </Act>
          <CopyCommand command={midplane('sync', source.name, `--confirm-prune=${commit.slice(0, 12)}`)} />
        </span>
      )}
      <Failed error={confirm.error} />
    </div>
  );
}

/** What stops workloads asks for the name. */
function Remove({ source }: { source: Source }) {
  const [isAsked, ask] = useState(false);
  const back = useReturn(isAsked);
  const [typed, setTyped] = useState('');
  const remove = useChange(RemoveSourceDocument, 'Sources', 'Integrations', 'Deployments');
  if (!isAsked)
    return (
      <Button ref={back} variant="link" size="sm" isDanger onClick={() => ask(true)}>
        Remove
      </Button>
    );
  return (
    <div className="mp-confirm">
      <span>Stops and removes every integration that came from it. Type {source.name} to do it.</span>
      <TextInput
        ref={takeFocus}
        value={typed}
        onChange={(_, value) => setTyped(value)}
        aria-label={`Type ${source.name} to remove it`}
      />
      <span className="mp-search-bar">
        <Act
          size="sm"
          variant="danger"
          isDisabled={typed !== source.name}
          isBusy={remove.isPending}
          onClick={() => remove.mutate({ name: source.name })}
        >
          Remove {source.name}
        </Act>
        <Button size="sm" variant="link" onClick={() => ask(false)}>
          Cancel
        </Button>
        <CopyCommand command={midplane('source', 'remove', source.name)} />
      </span>
      <Failed error={remove.error} />
    </div>
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
        <Act size="sm" variant="secondary" isBusy={sync.isPending} onClick={() => sync.mutate({ name })}>
          Test
        </Act>
        <CopyCommand command={midplane('sync', name)} />
      </span>
      {done && (
        <div className="mp-quiet">
          {done.changed ? done.messages.map(visible).join('; ') : 'it can be read; nothing new'}
        </div>
      )}
      <Failed error={sync.error} />
    </>
  );
}
