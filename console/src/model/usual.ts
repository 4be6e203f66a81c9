// Whether a step took longer than steps at its node usually do.

export type Usual = { count: number; p95Us?: number | null };

/** Fewer passes say nothing about what is usual. */
const ENOUGH = 20;

export const usualKey = (route: string, node: string) => `${route}/${node}`;

export function isSlower(
  step: { route: string; node: string; durationUs: number },
  usual: ReadonlyMap<string, Usual>,
): boolean {
  const known = usual.get(usualKey(step.route, step.node));
  if (!known || known.count < ENOUGH || known.p95Us === null || known.p95Us === undefined) return false;
  return step.durationUs > known.p95Us;
}
