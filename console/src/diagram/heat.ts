// How hot a box is painted: its share of all time spent in the picture, so that what costs most stands out. Log scale: one
// that takes a tenth of the hottest is warm, not cold.

import type { Sum } from '../model/sum';

export function heatOf(sums: Map<string, Sum & { meanUs?: number | null }> | undefined): Map<string, number> {
  const spent = new Map<string, number>();
  for (const [id, sum] of sums ?? []) if (!id.endsWith('/from')) spent.set(id, sum.count * (sum.meanUs ?? 0));
  const most = Math.max(1, ...spent.values());
  return new Map([...spent].map(([id, us]) => [id, us <= 0 ? 0 : Math.max(0, 1 + Math.log10(us / most) / 2)]));
}
