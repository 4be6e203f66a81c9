// Every integration with its state in each environment: what runs, who pushed it, what went through it.

import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMemo } from 'react';
import { IntegrationsDocument, LiveDeploymentsDocument, LiveWorkloadsDocument, RoutesDocument } from '../api/generated';
import { useApi, useMay, useReadAgainOn } from '../api/hooks';
import { workloadsOf } from '../model/attention';
import { midplane } from '../model/command';
import { isInline } from '../model/diagram/tree';
import { plural } from '../model/plural';
import { refusal } from '../model/refused';
import { heldBack, waits } from '../model/staged';
import { add, NOTHING, type Sum } from '../model/sum';
import { visible } from '../model/text';
import { count, duration, share } from '../model/time';
import { CopyCommand } from '../parts/command';
import { Link, useAddress } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { Release } from '../parts/release';
import { Screen } from '../parts/screen';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { useScope } from '../shell/scope';
import { NewestRefused } from './next';

export function Integrations() {
  const may = useMay();
  const { environment, range } = useScope();
  const address = useAddress();
  const integrations = useApi(IntegrationsDocument, { environment });
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const routes = useApi(RoutesDocument, { environment, ...period }, { enabled: may('message:read'), follows: range });
  useReadAgainOn(LiveWorkloadsDocument, {}, ['Integrations']);
  useReadAgainOn(LiveDeploymentsDocument, {}, ['Integrations'], may('deployment:read'));
  const sums = useMemo(() => {
    const by = new Map<string, Sum>();
    for (const route of routes.data?.routes ?? []) {
      if (isInline(route.from)) continue; // works on a message of another route
      const key = `${route.integration}@${route.environment}`;
      by.set(key, add(by.get(key) ?? NOTHING, route.sum));
    }
    return by;
  }, [routes.data]);

  return (
    <Screen
      title="Integrations"
      lead="An integration is a folder with Camel routes in a Git repository. Each runs as one workload in each environment."
      actions={<CopyCommand command={midplane('get', 'integrations')} />}
    >
      <Loaded query={integrations} what="integrations">
        {(found) =>
          found.integrations.length === 0 ? (
            <Empty
              title="No integrations yet"
              actions={
                <Button component="a" href={address('/settings', { tab: 'sources' })} variant="link">
                  Look at the Git sources
                </Button>
              }
            >
              Push a folder with Camel routes (YAML, XML or Spring) to a Git source, and it is one.
            </Empty>
          ) : (
            <Table aria-label="Integrations" variant="compact">
              <Thead>
                <Tr>
                  <Th modifier="wrap">Integration</Th>
                  <Th modifier="wrap">Environment</Th>
                  <Th modifier="wrap">State</Th>
                  <Th modifier="wrap">Release</Th>
                  <Th modifier="wrap">Messages</Th>
                  <Th modifier="wrap">Failed</Th>
                  <Th modifier="wrap" info={{ tooltip: 'The route met an error and dealt with it itself' }}>
                    Handled
                  </Th>
                  <Th
                    modifier="wrap"
                    info={{ tooltip: 'Of its slowest route: 95 of 100 messages took at most this long' }}
                  >
                    95 % within
                  </Th>
                  <Th modifier="wrap">Started</Th>
                </Tr>
              </Thead>
              <Tbody>
                {found.integrations.flatMap((one) =>
                  one.workloads.length === 0
                    ? [
                        <Tr key={one.id}>
                          <Td dataLabel="Integration">
                            <Link to={`/integrations/${encodeURIComponent(one.name)}`}>{one.name}</Link>
                          </Td>
                          <Td dataLabel="Environment" className="mp-quiet">
                            none yet
                          </Td>
                          <Td dataLabel="State">{one.newest && <State state={one.newest.state} />}</Td>
                          <Td dataLabel="Release">
                            <Release release={one.newest} />
                          </Td>
                          <Td colSpan={5} className="mp-why">
                            {visible(one.newest?.problems[0]?.message ?? '')}
                          </Td>
                        </Tr>,
                      ]
                    : workloadsOf([one]).map((workload) => {
                        const refused = refusal(workload, one.newest);
                        const why = refused ? refused.problems[0]?.message : (heldBack(workload) ?? workload.reason);
                        const sum = sums.get(`${one.name}@${workload.environment}`) ?? NOTHING;
                        return (
                          <Tr key={workload.id}>
                            <Td dataLabel="Integration">
                              <Link to={`/integrations/${encodeURIComponent(one.name)}`}>{one.name}</Link>
                              <div className="mp-quiet">{one.project}</div>
                            </Td>
                            <Td dataLabel="Environment">
                              {workload.environment}
                              <div className="mp-quiet">on {workload.runtime}</div>
                            </Td>
                            <Td dataLabel="State">
                              <State state={workload.state} /> {refused && <NewestRefused />}
                              {why && <div className="mp-why">{visible(why)}</div>}
                              {workload.behind > 0 && !heldBack(workload) && (
                                <div className="mp-quiet">{waits(workload.behind)}</div>
                              )}
                            </Td>
                            <Td dataLabel="Release">
                              <Release release={workload.release} />
                              {workload.release && (
                                <div className="mp-quiet">written by {visible(workload.release.author)}</div>
                              )}
                            </Td>
                            <Td dataLabel="Messages">{count(sum.count)}</Td>
                            <Td dataLabel="Failed">
                              {sum.failed > 0 ? (
                                <Link
                                  to="/messages"
                                  parameters={{ q: `integration:${one.name} outcome:failed` }}
                                  className="mp-bad"
                                >
                                  {count(sum.failed)} ({share(sum.failed, sum.count)})
                                </Link>
                              ) : (
                                '0'
                              )}
                            </Td>
                            <Td dataLabel="Handled">
                              {sum.handled > 0 ? (
                                <Link to="/messages" parameters={{ q: `integration:${one.name} outcome:handled` }}>
                                  {count(sum.handled)}
                                </Link>
                              ) : (
                                '0'
                              )}
                            </Td>
                            <Td dataLabel="95 % within">{duration(sum.p95Us)}</Td>
                            <Td dataLabel="Started">
                              {workload.startedAt ? <Ago at={workload.startedAt} /> : ''}
                              {workload.restarts > 0 && (
                                <div className="mp-quiet">{plural(workload.restarts, 'restart')}</div>
                              )}
                            </Td>
                          </Tr>
                        );
                      }),
                )}
              </Tbody>
            </Table>
          )
        }
      </Loaded>
    </Screen>
  );
}
