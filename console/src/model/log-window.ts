// The part of the logs that was written between two instants, out of workloads that are each read from its beginning on.

import { type Range, readRange } from './range';
import { absolute, clock } from './time';

export type Between = { from: Date; to: Date };

/** What `at` of the address says, which is of the log alone; without it the time of the top bar, when that stands still. */
export function windowOf(at: string | null, range: Range): Between | undefined {
  const own = readRange(at, range.to.getTime());
  if (!own.isLive) return own;
  return range.isLive ? undefined : range;
}

const MINUTE_MS = 60_000;

/** A minute more on both sides, as `at` takes it. */
export function wider({ from, to }: Between): string {
  return `${new Date(from.getTime() - MINUTE_MS).toISOString()}..${new Date(to.getTime() + MINUTE_MS).toISOString()}`;
}

/** `03:43:41 to 03:43:51`, with the day where it is not that of `now`. */
export function saysWindow({ from, to }: Between, now: number): string {
  const today = new Date(now).toDateString();
  const isToday = from.toDateString() === today && to.toDateString() === today;
  return [from, to].map((one) => (isToday ? clock(one) : absolute(one.toISOString()))).join(' to ');
}

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

type Run = { integration: string; startedAt?: string | null };

/** Those that were started after the window begins: what they wrote before is in the log of the run before. */
export function startedSince<One extends Run>(workloads: One[], { from }: Between): (One & { startedAt: string })[] {
  return workloads.flatMap((one) =>
    one.startedAt && Date.parse(one.startedAt) > from.getTime() ? [{ ...one, startedAt: one.startedAt }] : [],
  );
}

/** `orders was started anew at 04:36:10` */
export function saysStarted(runs: { integration: string; startedAt: string }[], now: number): string {
  const today = new Date(now).toDateString();
  return runs
    .map(({ integration, startedAt }) => {
      const at = new Date(startedAt);
      return `${integration} was started anew at ${at.toDateString() === today ? clock(at) : absolute(startedAt)}`;
    })
    .join(', ');
}

/** How far back it begins, as `logs --since` takes it: whole minutes or hours, rather too much. */
export function back({ from }: Between, now: number): string {
  const minutes = Math.max(1, Math.ceil((now - from.getTime()) / 60_000));
  return minutes < 180 ? `${minutes}m` : `${Math.ceil(minutes / 60)}h`;
}
