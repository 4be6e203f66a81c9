import { useMemo } from 'react';
import type { Shape } from '../model/diagram/tree';

/** Routes as they are built: the same array while only what went through them changed, so that they are placed once. */
export function useShapes<Route extends Shape & { sum: unknown }>(routes: Route[]): Route[] {
  const stamp = JSON.stringify(routes.map((one) => ({ ...one, sum: null })));
  // biome-ignore lint/correctness/useExhaustiveDependencies: they are another array with every count; the stamp says when they changed
  return useMemo(() => routes, [stamp]);
}
