// One integration: its routes as a picture with what goes through them, and everything else about it in tabs.

import { Alert, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { lazy, Suspense } from 'react';
import { useParams } from 'react-router';
import { IntegrationsDocument, LiveDeploymentsDocument, LiveWorkloadsDocument } from '../api/generated';
import { useApi, useMay, useReadAgainOn } from '../api/hooks';
import { workloadsOf } from '../model/attention';
import { midplane } from '../model/command';
import { refusal } from '../model/refused';
import { visible } from '../model/text';
import { CopyCommand } from '../parts/command';
import { Empty, Loaded } from '../parts/loaded';
import { Screen } from '../parts/screen';
import { useParameters, useScope } from '../shell/scope';
import { Actions } from './actions';
import { Waiting } from './next';
import { Summary } from './summary';

const Overview = lazy(async () => ({ default: (await import('./overview')).Overview }));
const History = lazy(async () => ({ default: (await import('../deployments/history')).History }));
const MessageList = lazy(async () => ({ default: (await import('../messages/search')).MessageSearch }));
const InFlight = lazy(async () => ({ default: (await import('./in-flight')).InFlight }));
const LogView = lazy(async () => ({ default: (await import('../logs/view')).LogView }));
const Source = lazy(async () => ({ default: (await import('./source')).Source }));
const Send = lazy(async () => ({ default: (await import('./send')).Send }));
const Configuration = lazy(async () => ({ default: (await import('./configuration')).Configuration }));

/** Soon enough after a push for whoever looks on. */
const HELD_MS = 5_000;

export function Integration() {
  const { name = '' } = useParams();
  const may = useMay();
  const { environment } = useScope();
  const [parameters, change] = useParameters();
  const integrations = useApi(IntegrationsDocument, { environment });
  useReadAgainOn(LiveWorkloadsDocument, {}, ['Integrations']);
  // A commit that waits behind a hold makes no deployment, so nothing says that there is one more.
  const isHeld = integrations.data?.integrations.some(
    (one) => one.name === name && one.workloads.some((workload) => workload.held),
  );
  useApi(IntegrationsDocument, { environment }, { enabled: isHeld ?? false, refreshMs: HELD_MS });
  useReadAgainOn(LiveDeploymentsDocument, {}, ['Integrations', 'Deployments'], may('deployment:read'));
  const tabs = [
    ['overview', 'Overview', 'message:read'],
    ['deployments', 'Deployments', 'deployment:read'],
    ['messages', 'Messages', 'message:read'],
    ['send', 'Send', 'workload:operate'],
    ['in-flight', 'In flight', 'message:read'],
    ['logs', 'Logs', 'log:read'],
    ['source', 'Source', 'release:read'],
    ['configuration', 'Configuration', 'configuration:read'],
  ].filter(([, , needs]) => may(needs ?? ''));
  const shown = parameters.get('tab') ?? tabs[0]?.[0] ?? 'overview';

  return (
    <Screen
      title={name}
      actions={
        <CopyCommand command={midplane('describe', 'integration', name, environment ? `--env=${environment}` : null)} />
      }
    >
      <Loaded query={integrations} what="the integration">
        {(found) => {
          const integration = found.integrations.find((one) => one.name === name);
          if (!integration) {
            return (
              <Empty title={`There is no integration ${name}`}>
                It may have been removed from its repository, or your role does not reach it.
              </Empty>
            );
          }
          const workloads = workloadsOf([integration]);
          const refused = integration.newest?.state === 'refused' ? integration.newest : undefined;
          return (
            <>
              {/* The list of deployments says it by itself. */}
              {refused && !(shown === 'deployments' && may('release:read')) && (
                <Alert
                  isInline
                  variant="warning"
                  title={`Commit ${refused.short} of ${visible(refused.author)} was refused`}
                >
                  <ul>
                    {refused.problems.map((problem) => (
                      <li key={problem.message}>
                        {visible(problem.message)} <span className="mp-code">{problem.code}</span>
                      </li>
                    ))}
                  </ul>
                  {workloads.length > 0
                    ? 'What ran before goes on. Fix it and push.'
                    : 'Nothing runs yet. Fix it and push.'}
                </Alert>
              )}
              {workloads.map((workload) => (
                <Summary
                  key={workload.id}
                  workload={workload}
                  isRefused={refusal(workload, refused) !== undefined}
                  actions={<Actions workload={workload} id={integration.id} newest={integration.newest} />}
                />
              ))}
              <Tabs
                activeKey={shown}
                onSelect={(_, tab) =>
                  change({ tab: String(tab), file: null, node: null, id: null, part: null, route: null }, true)
                }
                aria-label="Parts of the integration"
              >
                {tabs.map(([key, text]) => (
                  <Tab
                    key={key}
                    eventKey={key ?? ''}
                    title={<TabTitleText>{text}</TabTitleText>}
                    tabContentId={`tab-${key}`}
                  />
                ))}
              </Tabs>
              <section id={`tab-${shown}`} aria-label={tabs.find(([key]) => key === shown)?.[1]} className="mp-tab">
                <Suspense fallback={<p className="mp-quiet">Loading</p>}>
                  {shown === 'overview' && <Overview integration={name} workloads={workloads} />}
                  {shown === 'deployments' && (
                    <>
                      {workloads.map((workload) => (
                        <Waiting key={workload.id} workload={workload} />
                      ))}
                      <History integration={integration.id} />
                    </>
                  )}
                  {shown === 'messages' && <MessageList base={`integration:${name}`} />}
                  {shown === 'send' &&
                    (may('workload:operate') ? (
                      <Send integration={name} project={integration.project} workloads={workloads} />
                    ) : (
                      <Empty title="You may not send messages">
                        Ask an owner or administrator of the organization for it.
                      </Empty>
                    ))}
                  {shown === 'in-flight' && <InFlight integration={name} />}
                  {shown === 'logs' && <LogView workloads={workloads} />}
                  {shown === 'source' && (
                    <Source
                      integration={name}
                      folder={integration.path}
                      project={integration.project}
                      workloads={workloads}
                    />
                  )}
                  {shown === 'configuration' && <Configuration integration={name} workloads={workloads} />}
                </Suspense>
              </section>
            </>
          );
        }}
      </Loaded>
    </Screen>
  );
}
