// Counts of several routes as one. Quantiles cannot be added; the largest stands for all and is called so.

export type Sum = {
  count: number;
  failed: number;
  handled: number;
  p50Us?: number | null;
  p95Us?: number | null;
  p99Us?: number | null;
  maxUs?: number | null;
};

export const NOTHING: Sum = { count: 0, failed: 0, handled: 0 };

const larger = (a: number | null | undefined, b: number | null | undefined) =>
  a === null || a === undefined ? (b ?? null) : Math.max(a, b ?? a);

export function add(a: Sum, b: Sum): Sum {
  return {
    count: a.count + b.count,
    failed: a.failed + b.failed,
    handled: a.handled + b.handled,
    p50Us: larger(a.p50Us, b.p50Us),
    p95Us: larger(a.p95Us, b.p95Us),
    p99Us: larger(a.p99Us, b.p99Us),
    maxUs: larger(a.maxUs, b.maxUs),
  };
}
