import { useQueries } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { request } from '../api/client';
import { RouteHeatDocument, type RouteHeatQuery } from '../api/generated';
import { nodeId } from '../model/diagram/tree';
import type { Range } from '../model/range';

/** More routes than this are no single page. */
const MOST = 40;

type Sums = Map<string, RouteHeatQuery['routeHeat'][number]['sum']>;

/** What went through every node of these routes, by box. While the time moves on, the last counts stay until the next are read. */
export function useHeats(integration: string, environment: string, routes: { name: string }[], range: Range): Sums {
  const names = [...new Set(routes.map((one) => one.name))].slice(0, MOST);
  const [from, to] = [range.from.toISOString(), range.to.toISOString()];
  const found = useQueries({
    queries: names.map((route) => ({
      queryKey: ['RouteHeat', { integration, environment, route, from, to }],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        request(RouteHeatDocument, { integration, environment, route, from, to }, signal),
    })),
  });
  const of = `${integration}/${environment}/${names.join()}`;
  const stamp = `${of} ${found.map((one) => one.dataUpdatedAt).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: both are another array every time; the stamp says when they changed
  const sums = useMemo(() => {
    const out: Sums = new Map();
    found.forEach((one, at) => {
      for (const node of one.data?.routeHeat ?? [])
        if (node.node) out.set(nodeId(names[at] ?? '', node.node), node.sum);
    });
    return out;
  }, [stamp]);
  const last = useRef<{ of: string; sums: Sums }>({ of, sums });
  if (last.current.of !== of || found.every((one) => !one.isPending)) last.current = { of, sums };
  return last.current.sums;
}
