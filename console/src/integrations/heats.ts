import { useQueries } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { request } from '../api/client';
import { RouteHeatDocument, type RouteHeatQuery } from '../api/generated';
import { nodeId } from '../model/diagram/tree';
import type { Range } from '../model/range';

/** More routes than this are no single page. */
const MOST = 40;
/** As often as the routes beside them are read. */
const REFRESH_MS = 5_000;

type Sum = RouteHeatQuery['routeHeat'][number]['sum'];
/** By box, and by route; both of one answer, so that they never disagree. */
export type Heats = { nodes: Map<string, Sum>; routes: Map<string, Sum> };

/** What went through every node of these routes. While the time moves on, the last counts stay until the next are read. */
export function useHeats(integration: string, environment: string, routes: { name: string }[], range: Range): Heats {
  const names = [...new Set(routes.map((one) => one.name))].slice(0, MOST);
  const [from, to] = [range.from.toISOString(), range.to.toISOString()];
  const found = useQueries({
    queries: names.map((route) => ({
      queryKey: ['RouteHeat', { integration, environment, route, from, to }],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        request(RouteHeatDocument, { integration, environment, route, from, to }, signal),
      ...(range.isLive ? { refetchInterval: REFRESH_MS } : {}),
    })),
  });
  const of = `${integration}/${environment}/${names.join()}`;
  const stamp = `${of} ${found.map((one) => one.dataUpdatedAt).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: both are another array every time; the stamp says when they changed
  const heats = useMemo(() => {
    const out: Heats = { nodes: new Map(), routes: new Map() };
    found.forEach((one, at) => {
      const name = names[at] ?? '';
      for (const { node, sum } of one.data?.routeHeat ?? []) {
        if (node) out.nodes.set(nodeId(name, node), sum);
        else out.routes.set(name, sum);
      }
    });
    return out;
  }, [stamp]);
  const last = useRef<{ of: string; heats: Heats }>({ of, heats });
  if (last.current.of !== of || found.every((one) => !one.isPending)) last.current = { of, heats };
  return last.current.heats;
}
