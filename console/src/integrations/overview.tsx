import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Fragment, type ReactNode, useMemo } from 'react';
import { type RouteFragment, RoutesDocument, type WorkloadFragment } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { Diagram } from '../diagram/diagram';
import { useShapes } from '../diagram/shapes';
import { HOLDS, type Hold, holdOf, NEEDS } from '../model/hold';
import { decoded, visible } from '../model/text';
import { count, duration, share } from '../model/time';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { Held, HoldButtons, HoldQuestion, useHolding } from '../route/held';
import { NodeFacts } from '../route/node';
import { useParameters, useScope } from '../shell/scope';
import { useHeats } from './heats';

type Props = { integration: string; workloads: WorkloadFragment[] };

/** The routes of an integration: joined as a picture, and as a table with what went through each. */
export function Overview({ integration, workloads }: Props) {
  const may = useMay();
  const holding = useHolding();
  const { environment, range } = useScope();
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const routes = useApi(RoutesDocument, { integration, environment, ...period }, { refreshMs: 5_000, follows: range });
  const drawn = useMemo(() => {
    const seen = new Set<string>();
    return (routes.data?.routes ?? []).filter(
      (one) => one.nodes.length > 0 && !seen.has(one.name) && seen.add(one.name),
    );
  }, [routes.data]);
  const shapes = useShapes(drawn);
  const counted = drawn[0]?.environment ?? environment ?? '';
  const heats = useHeats(integration, counted, drawn, range);
  const [parameters, change] = useParameters();
  const box = parameters.get('node') ?? undefined;
  return (
    <Loaded query={routes} what="the routes">
      {(found) =>
        found.routes.length === 0 ? (
          <Empty title="No route has run yet">When the workload starts, its tracer tells which routes it has.</Empty>
        ) : (
          <>
            {drawn.length > 0 && (
              <Diagram
                shapes={shapes}
                routeSums={heats.routes}
                nodeSums={heats.nodes}
                current={box}
                pick={(node) => change({ node })}
                detail={
                  box && (
                    <NodeFacts
                      key={box}
                      integration={integration}
                      shapes={shapes}
                      sums={heats.nodes}
                      box={box}
                      close={() => change({ node: null })}
                    />
                  )
                }
                addressOf={(route) =>
                  `/integrations/${encodeURIComponent(integration)}/routes/${encodeURIComponent(route)}`
                }
              />
            )}
            <Table aria-label="Routes" variant="compact">
              <Thead>
                <Tr>
                  <Th>Route</Th>
                  <Th>From</Th>
                  <Th modifier="wrap">Messages</Th>
                  <Th modifier="wrap">Failed</Th>
                  <Th modifier="wrap">Handled</Th>
                  <Th modifier="wrap">Half within</Th>
                  <Th modifier="wrap">95 % within</Th>
                  <Th modifier="wrap">Slowest</Th>
                  {may(NEEDS) && <Th info={{ tooltip: HOLDS }}>Control</Th>}
                </Tr>
              </Thead>
              <Tbody>
                {found.routes.map((known) => {
                  // The same numbers as in the picture above.
                  const sum = known.environment === counted ? heats.routes.get(known.name) : undefined;
                  const one = { ...known, sum: sum ?? known.sum };
                  const workload = workloads.find((other) => other.environment === one.environment);
                  const hold = holdOf(workload?.routes ?? [], one.name);
                  const place = workload && {
                    integration,
                    project: workload.project,
                    environment: one.environment,
                    route: one.name,
                  };
                  const control = may(NEEDS) && place && (
                    <HoldButtons place={place} hold={hold} holding={holding} isSmall />
                  );
                  return (
                    <Fragment key={`${one.environment}/${one.name}`}>
                      <RouteRow route={one} hold={hold} control={control} mayControl={may(NEEDS)} />
                      {holding.asked && place && holding.isAsked(place) && (
                        <Tr>
                          <Td colSpan={9}>
                            <HoldQuestion asked={holding.asked} holding={holding} />
                          </Td>
                        </Tr>
                      )}
                    </Fragment>
                  );
                })}
              </Tbody>
            </Table>
            {holding.remark && (
              <p className="mp-why" aria-live="polite">
                {visible(holding.remark)}
              </p>
            )}
          </>
        )
      }
    </Loaded>
  );
}

type RowProps = {
  route: RouteFragment;
  hold: Hold | undefined;
  control: ReactNode;
  mayControl: boolean;
};

function RouteRow({ route, hold, control, mayControl }: RowProps) {
  const { sum } = route;
  const path = `/integrations/${encodeURIComponent(route.integration)}/routes/${encodeURIComponent(route.name)}`;
  return (
    <Tr>
      <Td dataLabel="Route">
        <Link to={path}>{route.name}</Link> <Held hold={hold} />
        {route.description && <div className="mp-quiet">{visible(route.description)}</div>}
      </Td>
      <Td dataLabel="From">
        <code>{visible(decoded(route.from?.replace(/\?.*/s, '') ?? ''))}</code>
      </Td>
      <Td dataLabel="Messages" modifier="nowrap">
        {count(sum.count)}
      </Td>
      <Td dataLabel="Failed" modifier="nowrap" {...(sum.failed > 0 ? { className: 'mp-bad' } : {})}>
        {sum.failed > 0 ? `${count(sum.failed)} (${share(sum.failed, sum.count)})` : '0'}
      </Td>
      <Td dataLabel="Handled" modifier="nowrap">
        {count(sum.handled)}
      </Td>
      <Td dataLabel="Half within" modifier="nowrap">
        {duration(sum.p50Us)}
      </Td>
      <Td dataLabel="95 % within" modifier="nowrap">
        {duration(sum.p95Us)}
      </Td>
      <Td dataLabel="Slowest" modifier="nowrap">
        {sum.count > 0 ? duration(sum.maxUs) : ''}
      </Td>
      {mayControl && <Td dataLabel="Control">{control}</Td>}
    </Tr>
  );
}
