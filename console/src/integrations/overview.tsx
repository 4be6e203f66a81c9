import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMemo } from 'react';
import { RoutesDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { Diagram } from '../diagram/diagram';
import { visible } from '../model/text';
import { count, duration, share } from '../model/time';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { useScope } from '../shell/scope';
import { useHeats } from './heats';

/** The routes of an integration: joined as a picture, and as a table with what went through each. */
export function Overview({ integration }: { integration: string }) {
  const { environment, range } = useScope();
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const routes = useApi(RoutesDocument, { integration, environment, ...period }, { refreshMs: 5_000 });
  const drawn = useMemo(() => {
    const seen = new Set<string>();
    return (routes.data?.routes ?? []).filter(
      (one) => one.nodes.length > 0 && !seen.has(one.name) && seen.add(one.name),
    );
  }, [routes.data]);
  const sums = useMemo(() => new Map(drawn.map((one) => [one.name, one.sum])), [drawn]);
  const passed = useHeats(integration, drawn[0]?.environment ?? environment ?? '', drawn, range);
  return (
    <Loaded query={routes} what="the routes">
      {(found) =>
        found.routes.length === 0 ? (
          <Empty title="No route has run yet">When the workload starts, its tracer tells which routes it has.</Empty>
        ) : (
          <>
            {drawn.length > 0 && (
              <Diagram
                shapes={drawn}
                routeSums={sums}
                nodeSums={passed}
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
                  <Th>Messages</Th>
                  <Th>Failed</Th>
                  <Th>Handled</Th>
                  <Th>Half within</Th>
                  <Th>95 % within</Th>
                  <Th>Slowest</Th>
                </Tr>
              </Thead>
              <Tbody>
                {found.routes.map((one) => (
                  <Tr key={`${one.environment}/${one.name}`}>
                    <Td dataLabel="Route">
                      <Link
                        to={`/integrations/${encodeURIComponent(integration)}/routes/${encodeURIComponent(one.name)}`}
                      >
                        {one.name}
                      </Link>
                      {one.description && <div className="mp-quiet">{visible(one.description)}</div>}
                    </Td>
                    <Td dataLabel="From">
                      <code>{visible(one.from?.replace(/\?.*/s, '') ?? '')}</code>
                    </Td>
                    <Td dataLabel="Messages">{count(one.sum.count)}</Td>
                    <Td dataLabel="Failed" {...(one.sum.failed > 0 ? { className: 'mp-bad' } : {})}>
                      {one.sum.failed > 0 ? `${count(one.sum.failed)} (${share(one.sum.failed, one.sum.count)})` : '0'}
                    </Td>
                    <Td dataLabel="Handled">{count(one.sum.handled)}</Td>
                    <Td dataLabel="Half within">{duration(one.sum.p50Us)}</Td>
                    <Td dataLabel="95 % within">{duration(one.sum.p95Us)}</Td>
                    <Td dataLabel="Slowest">{one.sum.count > 0 ? duration(one.sum.maxUs) : ''}</Td>
                  </Tr>
                ))}
              </Tbody>
            </Table>
          </>
        )
      }
    </Loaded>
  );
}
