import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { request } from '../api/client';
import { RouteHeatDocument } from '../api/generated';
import { type Usual, usualKey } from '../model/usual';

/** As many routes as a message is likely to pass within itself (`direct:`, Kamelets). */
const MOST_ROUTES = 8;
const DAY_MS = 86_400_000;

type Of = { integration: string; environment: string; startedAt: string };

/** How long steps took at the nodes of these routes, in the day before the message. */
export function useUsual(of: Of, routes: string[], enabled: boolean) {
  const at = Date.parse(of.startedAt);
  const [from, to] = [new Date(at - DAY_MS).toISOString(), new Date(at).toISOString()];
  const found = useQueries({
    queries: routes.slice(0, MOST_ROUTES).map((route) => ({
      queryKey: ['RouteHeat', 'usual', of.integration, of.environment, route, of.startedAt],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        request(
          RouteHeatDocument,
          { integration: of.integration, environment: of.environment, route, from, to },
          signal,
        ).then((answer) => ({ route, nodes: answer.routeHeat })),
      enabled,
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const isRead = enabled && found.every((one) => one.isFetched);
  const stamp = found.map((one) => one.dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `found` is another array every time; its stamp says when it changed
  const usual = useMemo(() => {
    const map = new Map<string, Usual>();
    for (const one of found)
      for (const node of one.data?.nodes ?? [])
        if (node.node) map.set(usualKey(one.data?.route ?? '', node.node), node.sum);
    return map;
  }, [stamp]);
  return { usual, isRead };
}
