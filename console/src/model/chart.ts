// Bars of a chart of counts over time, as heights from 0 to 1, and what they say in words. Steps without a point counted nothing.

import { plural } from './plural';
import { count } from './time';

export type Sum = {
  count: number;
  failed: number;
  handled: number;
  p50Us?: number | null;
  p95Us?: number | null;
  p99Us?: number | null;
};
export type Point = { at: string; sum: Sum };
export type Bar = {
  at: number;
  count: number;
  failed: number;
  handled: number;
  good: number;
  mid: number;
  bad: number;
};

export function bars(points: Point[], from: Date, to: Date, stepS: number): { bars: Bar[]; top: number } {
  const step = stepS * 1000;
  const first = Math.floor(from.getTime() / step) * step;
  const byStart = new Map(points.map((point) => [Math.floor(Date.parse(point.at) / step) * step, point.sum]));
  const sums: [number, Sum][] = [];
  for (let at = first; at < to.getTime(); at += step)
    sums.push([at, byStart.get(at) ?? { count: 0, failed: 0, handled: 0 }]);
  const top = Math.max(1, ...sums.map(([, sum]) => sum.count));
  return {
    top,
    bars: sums.map(([at, sum]) => ({
      at,
      count: sum.count,
      failed: sum.failed,
      handled: sum.handled,
      good: Math.max(0, sum.count - sum.failed - sum.handled) / top,
      mid: sum.handled / top,
      bad: sum.failed / top,
    })),
  };
}

type Counted = { count: number; failed: number; handled: number };

/** `2 passes, 1 of them failed`, of one route. */
export function saysPasses(all: Counted[]): string {
  const sum = (of: (one: Counted) => number) => all.reduce((total, one) => total + of(one), 0);
  const passes = plural(
    sum((one) => one.count),
    'pass',
    'passes',
  );
  return `${passes}, ${ends(
    sum((one) => one.failed),
    sum((one) => one.handled),
  )}`;
}

/** `2 messages, 1 of them failed`: as they are counted elsewhere, each once. */
export function saysMessages({ count: many, failed, handled }: Counted): string {
  return `${plural(many, 'message')}, ${ends(failed, handled)}`;
}

const ends = (failed: number, handled: number) =>
  `${count(failed)} of them failed, ${count(handled)} with a handled error`;

/** The points of a line over the same steps, `x,y` from 0 to 1; a gap where nothing was counted. */
export function line(
  points: Point[],
  from: Date,
  to: Date,
  of: (sum: Sum) => number | null | undefined,
): { path: string; top: number } {
  const values = points.map((point) => ({ at: Date.parse(point.at), value: of(point.sum) ?? undefined }));
  const top = Math.max(1, ...values.map((one) => one.value ?? 0));
  const width = Math.max(1, to.getTime() - from.getTime());
  let path = '';
  let isOpen = false;
  for (const { at, value } of values) {
    if (value === undefined) {
      isOpen = false;
      continue;
    }
    const x = Math.min(1, Math.max(0, (at - from.getTime()) / width));
    path += `${isOpen ? 'L' : 'M'}${x.toFixed(4)},${(1 - value / top).toFixed(4)}`;
    isOpen = true;
  }
  return { path, top };
}
