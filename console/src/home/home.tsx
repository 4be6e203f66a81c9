// What needs attention first, then what is going on: the screen that opens.

import { Flex, FlexItem, Grid, GridItem } from '@patternfly/react-core';
import { useMemo } from 'react';
import { useNavigate } from 'react-router';
import { AlertList } from '../alerts/list';
import {
  AlertsDocument,
  DeploymentsDocument,
  FailureGroupsDocument,
  IntegrationsDocument,
  LiveDeploymentsDocument,
  LiveRuntimesDocument,
  LiveWorkloadsDocument,
  RoutesDocument,
  RuntimesDocument,
  SeriesDocument,
} from '../api/generated';
import { useApi, useMay, useReadAgainOn } from '../api/hooks';
import { DeploymentRows } from '../deployments/rows';
import { REACH_MS } from '../model/alert';
import {
  countConnected,
  countRepair,
  countRunning,
  ofFailures,
  ofHandled,
  ofHolds,
  ofReleases,
  ofRuntimes,
  ofStillFailing,
  ofWorkloads,
  saysRepair,
  workloadsOf,
} from '../model/attention';
import { warnings } from '../model/condition';
import { isInline } from '../model/diagram/tree';
import { plural } from '../model/plural';
import { label, stepS } from '../model/range';
import { add, NOTHING } from '../model/sum';
import { count, share } from '../model/time';
import { Chart } from '../parts/chart';
import { Figure } from '../parts/figure';
import { Link, useAddress } from '../parts/link';
import { Loaded, Refused } from '../parts/loaded';
import { Panel } from '../parts/panel';
import { Screen } from '../parts/screen';
import { useScope } from '../shell/scope';
import { AttentionList } from './attention';
import { Checklist } from './checklist';

/** A number and its sign stay on one line. */
const UNBROKEN = '\u00a0';

export function Home() {
  const may = useMay();
  const { environment, range } = useScope();
  const time = label(range).toLowerCase();
  const navigate = useNavigate();
  const address = useAddress();
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const [seesIntegrations, seesMessages] = [may('integration:read'), may('message:read')];
  const [seesRuntimes, seesDeployments] = [may('runtime:read'), may('deployment:read')];
  const integrations = useApi(IntegrationsDocument, { environment }, { enabled: seesIntegrations });
  const runtimes = useApi(RuntimesDocument, {}, { enabled: seesRuntimes });
  const routes = useApi(RoutesDocument, { environment, ...period }, { enabled: seesMessages, follows: range });
  // What needs somebody does not end with the hour that is looked at.
  const since = new Date(Math.min(range.from.getTime(), range.to.getTime() - REACH_MS)).toISOString();
  const failures = useApi(
    FailureGroupsDocument,
    { since, state: ['OPEN', 'RETURNED'] },
    { enabled: seesMessages, refreshMs: 10_000, follows: range },
  );
  const resolved = useApi(
    FailureGroupsDocument,
    { since, state: ['RESOLVED'] },
    { enabled: seesMessages, refreshMs: 10_000, follows: range },
  );
  const series = useApi(
    SeriesDocument,
    { environment, ...period, stepS: stepS(range) },
    { enabled: seesMessages, follows: range },
  );
  const alerts = useApi(AlertsDocument, { open: true, first: 20 }, { enabled: may('alert:read'), refreshMs: 10_000 });
  const deployments = useApi(DeploymentsDocument, { environment, first: 6 }, { enabled: seesDeployments });
  useReadAgainOn(LiveWorkloadsDocument, {}, ['Integrations'], seesIntegrations);
  useReadAgainOn(LiveRuntimesDocument, {}, ['Runtimes'], seesRuntimes);
  useReadAgainOn(LiveDeploymentsDocument, {}, ['Deployments', 'Integrations'], seesDeployments);

  const workloads = useMemo(() => workloadsOf(integrations.data?.integrations ?? []), [integrations.data]);
  const groups = failures.data?.failureGroups;
  const here = useMemo(
    () => (groups ?? []).filter((one) => !environment || one.environment === environment),
    [groups, environment],
  );
  const goesOn = useMemo(
    () => (resolved.data?.failureGroups ?? []).filter((one) => !environment || one.environment === environment),
    [resolved.data, environment],
  );
  const attention = useMemo(
    () => [
      ...ofRuntimes(runtimes.data?.runtimes ?? []),
      ...ofWorkloads(workloads),
      ...ofHolds(workloads),
      ...ofReleases(integrations.data?.integrations ?? []),
      ...ofFailures(here, range.from.getTime()),
      ...ofStillFailing(goesOn),
      ...ofHandled(here),
    ],
    [runtimes.data, workloads, integrations.data, here, goesOn, range],
  );
  // A route that is called within another (`direct:`) works on the same message: it counts once.
  const total = useMemo(
    () =>
      (routes.data?.routes ?? []).filter((one) => !isInline(one.from)).reduce((sum, one) => add(sum, one.sum), NOTHING),
    [routes.data],
  );
  const { running, held } = countRunning(workloads);
  const { connected, waiting, expected } = countConnected(runtimes.data?.runtimes ?? []);
  const advised = (runtimes.data?.runtimes ?? []).reduce((sum, one) => sum + warnings(one.conditions).length, 0);
  const repair = countRepair(here);
  const isWithin = here.every((one) => one.open === 0 || Date.parse(one.lastAt) >= range.from.getTime());
  const asked = [
    ...(seesIntegrations ? [integrations] : []),
    ...(seesRuntimes ? [runtimes] : []),
    ...(seesMessages ? [failures, resolved] : []),
  ];
  const hasAlerts = (alerts.data?.alerts.length ?? 0) > 0;
  // Nothing is said to be well that was not read.
  const isRead = asked.every((one) => one.data !== undefined);
  const unread = asked.find((one) => one.error && one.data === undefined);

  return (
    <Screen title="Home">
      <div className="mp-strip">
        {seesIntegrations && (
          <Figure
            name="Integrations"
            value={`${running} of ${workloads.length}`}
            about={held > 0 ? `running, ${held} of them held` : 'running'}
            to="/integrations"
            isBad={running < workloads.length}
          />
        )}
        {seesRuntimes && (
          <Figure
            name="Runtimes"
            value={`${connected} of ${expected}`}
            about={[
              'connected',
              ...(waiting > 0 ? [`${waiting} waiting to join`] : []),
              ...(advised > 0 ? [plural(advised, 'warning')] : []),
            ].join(', ')}
            to="/runtimes"
            isBad={connected < expected}
          />
        )}
        {seesMessages && (
          <>
            <Figure name={`Messages, ${time}`} value={count(total.count)} to="/messages" />
            <Figure
              name={`Failed, ${time}`}
              value={count(total.failed)}
              about={`messages, ${share(total.failed, total.count).replaceAll(' ', UNBROKEN)}`}
              to="/messages"
              parameters={{ q: 'outcome:failed' }}
            />
            <Figure
              name={`Handled errors, ${time}`}
              value={count(total.handled)}
              about="messages"
              to="/messages"
              parameters={{ q: 'outcome:handled' }}
            />
            <Figure
              name={range.isLive ? 'To repair, last 7 days' : 'To repair'}
              value={count(repair.messages)}
              about={saysRepair(repair)}
              to="/failures"
              parameters={isWithin ? {} : { range: '7d' }}
              isBad={repair.messages > 0}
            />
          </>
        )}
      </div>
      <Grid hasGutter>
        <GridItem lg={7}>
          <Flex direction={{ default: 'column' }} gap={{ default: 'gapMd' }}>
            {hasAlerts && (
              <FlexItem>
                <Panel
                  title="Alerts"
                  actions={
                    <Link to="/settings" parameters={{ tab: 'alerts' }}>
                      Rules and webhook
                    </Link>
                  }
                >
                  <AlertList alerts={alerts.data?.alerts ?? []} groups={groups ?? []} />
                </Panel>
              </FlexItem>
            )}
            <FlexItem>
              <Panel title="Needs attention">
                {unread?.error && (
                  <Refused err={unread.error} what="what needs attention" again={() => void unread.refetch()} />
                )}
                <AttentionList attention={attention} isRead={isRead} hasAlerts={hasAlerts} />
              </Panel>
            </FlexItem>
            {seesDeployments && (
              <FlexItem>
                <Panel title="Last deployments" actions={<Link to="/deployments">All deployments</Link>}>
                  <Loaded query={deployments} what="deployments">
                    {(found) => <DeploymentRows deployments={found.deployments.nodes} />}
                  </Loaded>
                </Panel>
              </FlexItem>
            )}
          </Flex>
        </GridItem>
        <GridItem lg={5}>
          <Flex direction={{ default: 'column' }} gap={{ default: 'gapMd' }}>
            {seesMessages && (
              <FlexItem>
                <Panel title={`Through all routes, ${time}`}>
                  <Loaded query={series} what="counts of messages">
                    {(found) => (
                      <Chart
                        points={found.messageSeries}
                        range={range}
                        stepS={stepS(range)}
                        messages={total}
                        narrow={(to) => void navigate(address('/messages', { range: to }))}
                      />
                    )}
                  </Loaded>
                </Panel>
              </FlexItem>
            )}
            {isRead && (!seesDeployments || deployments.data) && (
              <FlexItem>
                <Checklist
                  runtimes={connected}
                  integrations={workloads.length}
                  deployments={deployments.data?.deployments.nodes ?? []}
                  messages={total.count}
                />
              </FlexItem>
            )}
          </Flex>
        </GridItem>
      </Grid>
    </Screen>
  );
}
