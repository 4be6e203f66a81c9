// The time range of the top bar: a span back from now (`1h`) or two instants (`FROM..TO`), as the URL holds it.

import { absolute, clock } from './time';

export const SPANS = [
  ['15m', 'Last 15 minutes', 900],
  ['1h', 'Last hour', 3600],
  ['6h', 'Last 6 hours', 21_600],
  ['24h', 'Last 24 hours', 86_400],
  ['7d', 'Last 7 days', 604_800],
] as const;

export const DEFAULT_SPAN = '1h';

export type Range = { text: string; from: Date; to: Date; isLive: boolean };

/** What the URL says; anything that is no range is the default. */
export function readRange(text: string | null, now: number): Range {
  const [from, to] = (text ?? '').split('..').map((part) => new Date(part));
  if (from && to && !Number.isNaN(from.getTime()) && !Number.isNaN(to.getTime()) && from < to) {
    return { text: text ?? '', from, to, isLive: false };
  }
  const span = SPANS.find(([name]) => name === text) ?? SPANS.find(([name]) => name === DEFAULT_SPAN) ?? SPANS[1];
  return { text: span[0], from: new Date(now - span[2] * 1000), to: new Date(now), isLive: true };
}

/** `Last hour`, or `11-26 10:00 to 11:00` in the browser's zone, as every time that the console shows. */
export function label(range: Range): string {
  const span = SPANS.find(([name]) => name === range.text);
  if (span) return span[1];
  // What is shorter than a minute has no minutes to tell its ends apart.
  const isShort = range.to.getTime() - range.from.getTime() <= 60_000;
  const of = (date: Date) => (isShort ? clock(date) : clock(date).slice(0, 5));
  const day = (date: Date) => absolute(date.toISOString()).slice(5, 10);
  const isOneDay = day(range.from) === day(range.to);
  return `${day(range.from)} ${of(range.from)} to ${isOneDay ? '' : `${day(range.to)} `}${of(range.to)}`;
}

/** The same range when it no longer moves with the time. */
export function fixed(range: Range): string {
  return `${range.from.toISOString()}..${range.to.toISOString()}`;
}

/** As an input of the browser holds an instant, in its own zone: `2026-11-27T03:04`. */
export function toInput(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Two inputs as a range; undefined unless the second is after the first. */
export function fromInputs(from: string, to: string): string | undefined {
  const [a, b] = [new Date(from), new Date(to)];
  if (Number.isNaN(a.getTime()) || Number.isNaN(b.getTime()) || a >= b) return undefined;
  return `${a.toISOString()}..${b.toISOString()}`;
}

/** As terms of a query of messages. */
export function terms(range: Range): string {
  if (range.isLive) return `since:${range.text}`;
  return `since:${range.from.toISOString()} until:${range.to.toISOString()}`;
}

/** Points of a chart over this range: whole minutes, at most sixty of them. */
export function stepS(range: Range): number {
  const seconds = (range.to.getTime() - range.from.getTime()) / 1000;
  return [60, 300, 900, 1800, 3600, 10_800].find((step) => seconds / step <= 60) ?? 86_400;
}

const INSTANTS = ['from', 'to', 'since'];

/** What is asked for within a range, however far a live one moved on: two reads of one question differ only in their instants. */
export function questionOf(variables: unknown, { text }: Range): string {
  return JSON.stringify([text, variables], (key, value) => (INSTANTS.includes(key) ? undefined : value));
}
