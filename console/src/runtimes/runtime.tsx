import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core';
import { useState } from 'react';
import { useParams } from 'react-router';
import {
  type AddRuntimeMutation,
  IntegrationsDocument,
  LiveRuntimesDocument,
  PingRuntimeDocument,
  RuntimeDocument,
} from '../api/generated';
import { useApi, useChange, useMay, useReadAgainOn } from '../api/hooks';
import { midplane } from '../model/command';
import { nameOf, stateOf } from '../model/condition';
import { visible } from '../model/text';
import { bytes, skew } from '../model/time';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { Panel } from '../parts/panel';
import { Release } from '../parts/release';
import { Screen } from '../parts/screen';
import { State } from '../parts/state';
import { Ago, At } from '../parts/time';
import { Again } from './again';
import { Certificate } from './certificate';
import { Revoke } from './revoke';
import { RunsOn } from './runs-on';
import { Waiting } from './waiting';

export function Runtime() {
  const { name = '' } = useParams();
  const may = useMay();
  const runtime = useApi(RuntimeDocument, { name });
  const integrations = useApi(IntegrationsDocument, {}, { enabled: may('integration:read') });
  useReadAgainOn(LiveRuntimesDocument, {}, ['Runtime', 'Runtimes']);
  const [added, setAdded] = useState<AddRuntimeMutation['addRuntime']>();
  if (added) return <Waiting added={added} look={() => setAdded(undefined)} />;
  // What was read of it before says nothing of a runtime that is gone.
  if (runtime.error?.kind === 'not_found')
    return (
      <Screen title={name} lead="Runtime">
        <None name={name} />
      </Screen>
    );
  return (
    <Screen title={name} lead="Runtime" actions={<CopyCommand command={midplane('get', 'runtimes', name)} />}>
      <Loaded query={runtime} what="the runtime">
        {({ runtime: one }) => {
          if (!one) return <None name={name} />;
          const here = (integrations.data?.integrations ?? [])
            .flatMap((it) => it.workloads)
            .filter((it) => it.runtime === one.name);
          const facts: [string, React.ReactNode][] = [
            ['Purpose', one.purposes.join(', ')],
            ['Last seen', <Ago key="seen" at={one.lastSeenAt} />],
            ['Version', one.version ?? 'not connected yet'],
            ['Certificate', <Certificate key="end" state={one.state} until={one.certificateNotAfter} />],
            ['Memory', bytes(one.memoryBytes)],
            ['Clock', skew(one.clockSkewMs)],
            ['Added', <At key="added" at={one.createdAt} />],
            ['Can', one.capabilities.join(', ')],
          ];
          return (
            <>
              <div className="mp-summary">
                <div className="mp-summary-state">
                  <State state={one.state} />
                  <div className="mp-grow mp-why">{visible(one.reason ?? '')}</div>
                  {may('runtime:manage') && one.state !== 'awaited' && <Ping name={one.name} />}
                </div>
                <DescriptionList isCompact columnModifier={{ default: '2Col', lg: '3Col' }}>
                  {facts.map(([term, value]) => (
                    <DescriptionListGroup key={term}>
                      <DescriptionListTerm>{term}</DescriptionListTerm>
                      <DescriptionListDescription>{value}</DescriptionListDescription>
                    </DescriptionListGroup>
                  ))}
                </DescriptionList>
              </div>
              {may('runtime:manage') && one.state === 'awaited' && (
                <Again name={one.name} purposes={one.purposes} made={setAdded} />
              )}
              <div className="mp-two">
                <Panel title="Conditions">
                  <ul className="mp-rows">
                    {one.conditions.map((condition) => (
                      <li key={condition.component}>
                        <State state={stateOf(condition)} as={stateOf(condition) === 'warning' ? 'held' : undefined} />
                        <span className="mp-grow">
                          {nameOf(condition.component)} <span className="mp-quiet">{visible(condition.reason)}</span>
                        </span>
                      </li>
                    ))}
                  </ul>
                  {one.conditions.length === 0 && <p className="mp-quiet">It has said nothing of itself yet.</p>}
                </Panel>
                <Panel title="Workloads">
                  <ul className="mp-rows">
                    {here.map((it) => (
                      <li key={it.id}>
                        <State state={it.state} />
                        <span className="mp-grow">
                          <Link to={`/integrations/${encodeURIComponent(it.integration)}`}>{it.integration}</Link>{' '}
                          <span className="mp-quiet">in {it.environment}</span>
                          <div>
                            <Release release={it.release} />
                          </div>
                        </span>
                        <span className="mp-quiet">{bytes(it.memoryBytes)}</span>
                      </li>
                    ))}
                  </ul>
                  {here.length === 0 && <p className="mp-quiet">Nothing is deployed to it.</p>}
                </Panel>
              </div>
              {may('environment:read') && one.state === 'connected' && one.purposes.includes('run') && (
                <Panel title="Environments">
                  <RunsOn id={one.id} name={one.name} />
                </Panel>
              )}
              {may('runtime:manage') && one.state !== 'revoked' && (
                <Revoke
                  name={one.name}
                  workloads={here.length}
                  neverJoined={one.state === 'awaited' && !one.certificateNotAfter}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </Screen>
  );
}

function None({ name }: { name: string }) {
  return (
    <Empty title={`There is no runtime ${name}`} actions={<Link to="/runtimes">All runtimes</Link>}>
      It may have been revoked; a revoked one is not listed any more.
    </Empty>
  );
}

function Ping({ name }: { name: string }) {
  const ping = useChange(PingRuntimeDocument);
  const done = ping.data?.pingRuntime;
  return (
    <div className="mp-search-bar">
      {done && (
        <span className="mp-quiet">
          acknowledged in {done.acknowledgedMs.toFixed(1)} ms, done in {done.completedMs.toFixed(1)} ms
        </span>
      )}
      {ping.error && <span className="mp-bad">{ping.error.message}</span>}
      <Act size="sm" variant="secondary" isBusy={ping.isPending} onClick={() => ping.mutate({ name })}>
        Ping
      </Act>
      <CopyCommand command={midplane('runtime', 'ping', name)} />
    </div>
  );
}
