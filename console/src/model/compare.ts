// What two releases made of the same route, node by node.

export type Counted = {
  node?: string | null;
  kind?: string | null;
  label?: string | null;
  sum: { count: number; failed: number; meanUs?: number | null; p95Us?: number | null };
};
export type Pair = {
  /** Null for the route as a whole. */
  node: string | null;
  kind: string | null;
  label: string | null;
  left: Counted['sum'] | undefined;
  right: Counted['sum'] | undefined;
};

/** In the order of the right one; what only the left has stands at the end. */
export function pairs(left: Counted[], right: Counted[]): Pair[] {
  const key = (one: Counted) => one.node ?? null;
  const before = new Map(left.map((one) => [key(one), one]));
  const after = new Set(right.map(key));
  return [...right, ...left.filter((one) => !after.has(key(one)))].map((one) => ({
    node: key(one),
    kind: one.kind ?? null,
    label: one.label ?? null,
    left: before.get(key(one))?.sum,
    right: after.has(key(one)) ? one.sum : undefined,
  }));
}

/** Less than this is noise. */
const SAME = 0.05;

/** `+30 %`, `-12 %`, `3.1 times`; empty when one is missing or nothing changed to speak of. */
export function change(left: number | null | undefined, right: number | null | undefined): string {
  if (left === null || left === undefined || right === null || right === undefined || left <= 0) return '';
  const by = right / left;
  if (Math.abs(by - 1) < SAME) return 'the same';
  if (by >= 2) return `${by.toFixed(1)} times`;
  const percent = Math.round((by - 1) * 100);
  return `${percent > 0 ? '+' : ''}${percent} %`;
}
