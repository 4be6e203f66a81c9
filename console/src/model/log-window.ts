// The part of the logs that was written between two instants, out of workloads that are each read from its beginning on.

export type Between = { from: Date; to: Date };

export type Passed = { workloads: Set<string>; lines: number };

export const nonePassed = (): Passed => ({ workloads: new Set(), lines: 0 });

/** Whether a line belongs to it. A line without a time belongs to the one before it, which was let in. */
export function isWithin({ from, to }: Between, time: string): boolean {
  const at = Date.parse(time);
  return Number.isNaN(at) || (at >= from.getTime() && at <= to.getTime());
}

/** Counts a line; says whether nothing more is to be read: every workload is past the end, or `most` lines are there. */
export function passes(
  passed: Passed,
  between: Between,
  line: { workload: string; time: string },
  workloads: number,
  most: number,
): boolean {
  if (Date.parse(line.time) > between.to.getTime()) passed.workloads.add(line.workload);
  else if (isWithin(between, line.time)) passed.lines += 1;
  return passed.workloads.size >= workloads || passed.lines >= most;
}

/** How far back it begins, as `logs --since` takes it: whole minutes or hours, rather too much. */
export function back({ from }: Between, now: number): string {
  const minutes = Math.max(1, Math.ceil((now - from.getTime()) / 60_000));
  return minutes < 180 ? `${minutes}m` : `${Math.ceil(minutes / 60)}h`;
}
