// One route: how much goes through it, how long it takes, and which of its nodes cost or fail.

import { useEffect, useMemo } from 'react';
import { useParams } from 'react-router';
import {
  DeploymentsDocument,
  IntegrationsDocument,
  LiveWorkloadsDocument,
  RouteHeatDocument,
  RoutesDocument,
  SeriesDocument,
  type WorkloadFragment,
} from '../api/generated';
import { useApi, useMay, useReadAgainOn } from '../api/hooks';
import { Diagram } from '../diagram/diagram';
import { useShapes } from '../diagram/shapes';
import { midplane } from '../model/command';
import { nodeId } from '../model/diagram/tree';
import { actions, HOLDS, type Hold, holdOf, NEEDS } from '../model/hold';
import { label, stepS } from '../model/range';
import { title } from '../model/steps';
import { decoded, visible } from '../model/text';
import { count, duration, share } from '../model/time';
import { Chart } from '../parts/chart';
import { CopyCommand } from '../parts/command';
import { Figure } from '../parts/figure';
import { Latency } from '../parts/latency';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { Panel } from '../parts/panel';
import { Screen } from '../parts/screen';
import { useParameters, useScope } from '../shell/scope';
import { Compare } from './compare';
import { Held, HoldButtons, type Holding, HoldQuestion, type Place, useHolding } from './held';
import { NodeFacts } from './node';

export function Route() {
  const { name: integration = '', route = '' } = useParams();
  const may = useMay();
  const { environment, range } = useScope();
  const [parameters, change] = useParameters();
  const box = parameters.get('node') ?? undefined;
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const of = { integration, environment, ...period };
  const routes = useApi(RoutesDocument, of, { refreshMs: 10_000, follows: range });
  const heat = useApi(RouteHeatDocument, { ...of, route }, { refreshMs: 10_000, follows: range });
  const series = useApi(SeriesDocument, { ...of, route, stepS: stepS(range) }, { refreshMs: 10_000, follows: range });
  const deployments = useApi(DeploymentsDocument, { environment, first: 50 }, { enabled: may('deployment:read') });
  const integrations = useApi(IntegrationsDocument, { environment }, { enabled: may('integration:read') });
  useReadAgainOn(LiveWorkloadsDocument, {}, ['Integrations'], may('integration:read'));
  const workloads = integrations.data?.integrations.find((one) => one.name === integration)?.workloads ?? [];
  const marks = useMemo(
    () =>
      (deployments.data?.deployments.nodes ?? [])
        .filter((one) => one.integration === integration)
        .map((one) => ({ at: Date.parse(one.createdAt), name: `${one.release.short} ${one.release.subject}` })),
    [deployments.data, integration],
  );
  const sums = useMemo(() => {
    const nodes = heat.data?.routeHeat ?? [];
    return new Map(nodes.flatMap((one) => (one.node ? [[`${route}/${one.node}`, one.sum]] : [])));
  }, [heat.data, route]);
  const shown = useMemo(() => routes.data?.routes.filter((one) => one.name === route) ?? [], [routes.data, route]);
  const drawn = useShapes(shown.slice(0, 1));
  return (
    <Screen
      title={`${integration}/${route}`}
      name={
        <>
          <Link to={`/integrations/${encodeURIComponent(integration)}`}>{integration}</Link> / {visible(route)}
        </>
      }
      lead={shown[0]?.description ? visible(shown[0].description) : undefined}
      actions={<CopyCommand command={midplane('messages', `integration:${integration} route:${route}`)} />}
    >
      {workloads.map((workload) => (
        <Control
          key={workload.id}
          workload={workload}
          route={route}
          isThere={shown.some((one) => one.environment === workload.environment)}
          says={workloads.length > 1}
        />
      ))}
      <Loaded query={routes} what="the route">
        {() => {
          const [first] = shown;
          if (!first)
            return (
              <Empty title={`There is no route ${route}`}>
                Nothing went through it in this time, and it does not run now.
              </Empty>
            );
          // Of the same answer as the numbers in the boxes, so that they never disagree.
          const sum = heat.data?.routeHeat.find((one) => !one.node)?.sum ?? first.sum;
          const query = `integration:${integration} route:${route}`;
          return (
            <>
              <div className="mp-strip">
                <Figure
                  name={`Messages, ${label(range).toLowerCase()}`}
                  value={count(sum.count)}
                  to="/messages"
                  parameters={{ q: query }}
                />
                <Figure
                  name="Failed"
                  value={count(sum.failed)}
                  about={share(sum.failed, sum.count)}
                  to="/messages"
                  parameters={{ q: `${query} outcome:failed` }}
                  isBad={sum.failed > 0}
                />
                <Figure
                  name="Handled errors"
                  value={count(sum.handled)}
                  to="/messages"
                  parameters={{ q: `${query} outcome:handled` }}
                />
                <Figure name="Half within" value={duration(sum.p50Us) || 'none'} />
                <Figure name="95 % within" value={duration(sum.p95Us) || 'none'} />
                <Figure name="99 % within" value={duration(sum.p99Us) || 'none'} />
              </div>
              <div className="mp-two">
                <Panel title="Messages">
                  <Loaded query={series} what="counts of messages">
                    {(found) => (
                      <Chart
                        points={found.messageSeries}
                        range={range}
                        stepS={stepS(range)}
                        marks={marks}
                        narrow={(to) => change({ range: to }, true)}
                      />
                    )}
                  </Loaded>
                </Panel>
                <Panel title="How long they take">
                  <Loaded query={series} what="durations">
                    {(found) => <Latency points={found.messageSeries} range={range} marks={marks} />}
                  </Loaded>
                </Panel>
              </div>
              {first.nodes.length > 0 && (
                <>
                  <p className="mp-quiet">
                    The number in a box is how many messages came by. The blue edge of a box is the stronger the more
                    time is spent in it; red is what failed.
                  </p>
                  <Diagram
                    shapes={drawn}
                    nodeSums={sums}
                    current={box}
                    pick={(node) => change({ node })}
                    detail={
                      box && (
                        <NodeFacts
                          key={box}
                          integration={integration}
                          shapes={drawn}
                          sums={sums}
                          box={box}
                          close={() => change({ node: null })}
                        />
                      )
                    }
                  />
                </>
              )}
              <Loaded query={heat} what="the nodes">
                {(found) => <Nodes nodes={found.routeHeat} route={route} chosen={box} />}
              </Loaded>
              {may('deployment:read') && (
                <Panel title="Compare two releases" className="mp-tab">
                  <Loaded query={deployments} what="deployments">
                    {(found) => (
                      <Compare
                        integration={integration}
                        environment={first.environment}
                        route={route}
                        deployments={found.deployments.nodes}
                      />
                    )}
                  </Loaded>
                </Panel>
              )}
            </>
          );
        }}
      </Loaded>
    </Screen>
  );
}

type ControlProps = { workload: WorkloadFragment; route: string; isThere: boolean; says: boolean };

/** Whether somebody holds the route in an environment, and what can be done with it there. */
function Control({ workload, route, isThere, says }: ControlProps) {
  const may = useMay();
  const { integration, project, environment, routes } = workload;
  const holding = useHolding();
  const hold = holdOf(routes, route);
  useNamed({ integration, project, environment, route }, hold, holding);
  if (!hold && !(isThere && may(NEEDS))) return null;
  if (holding.asked) return <HoldQuestion asked={holding.asked} holding={holding} />;
  return (
    <div className="mp-search-bar mp-wrap" role="group" aria-label={`${route} in ${environment}`}>
      {says && <span className="mp-quiet">In {environment}</span>}
      <Held hold={hold} />
      {may(NEEDS) && <HoldButtons place={{ integration, project, environment, route }} hold={hold} holding={holding} />}
      {may(NEEDS) && !hold && (
        <Link
          to={`/integrations/${encodeURIComponent(integration)}`}
          parameters={{ tab: 'send', route, env: environment }}
        >
          Send a message to it
        </Link>
      )}
      {may(NEEDS) && !hold && <span className="mp-quiet">{HOLDS}</span>}
      {holding.remark && (
        <span className="mp-why" aria-live="polite">
          {visible(holding.remark)}
        </span>
      )}
    </div>
  );
}

/** An address that names the action (`do=start&at=dev`, as Home does) asks at once. */
function useNamed(place: Place, hold: Hold | undefined, holding: Holding) {
  const may = useMay();
  const [parameters, change] = useParameters();
  const isHere = parameters.get('at') === place.environment && may(NEEDS);
  const named = isHere ? actions(hold).find((one) => one.toLowerCase() === parameters.get('do')) : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks once for each named action; the rest is another object with every render
  useEffect(() => {
    if (!named) return;
    holding.ask({ place, action: named });
    change({ do: null, at: null });
  }, [named]);
}

type Heat = {
  node?: string | null;
  kind?: string | null;
  label?: string | null;
  sum: { count: number; failed: number; meanUs?: number | null; p95Us?: number | null; maxUs: number };
};

function Nodes({ nodes, route, chosen }: { nodes: Heat[]; route: string; chosen: string | undefined }) {
  const all = nodes.filter((one) => one.node);
  if (all.length === 0) return null;
  return (
    <table className="mp-steps" aria-label="Nodes">
      <thead>
        <tr>
          {['Node', 'Messages', 'Failed', 'Mean', '95 % within', 'Slowest'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {all.map((one) => (
          <tr key={one.node} className={nodeId(route, one.node ?? '') === chosen ? 'mp-here' : undefined}>
            <td>
              {visible(decoded(title({ node: one.node ?? '', kind: one.kind ?? null, label: one.label ?? null })))}
            </td>
            <td>{count(one.sum.count)}</td>
            <td className={one.sum.failed > 0 ? 'mp-bad' : undefined}>{count(one.sum.failed)}</td>
            <td className="mp-nowrap">{duration(one.sum.meanUs)}</td>
            <td className="mp-nowrap">{duration(one.sum.p95Us)}</td>
            <td className="mp-nowrap">{duration(one.sum.maxUs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
