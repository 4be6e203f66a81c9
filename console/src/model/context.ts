// The lines around one line of a log, picked from a stream that is read from its beginning: a bounded number before it,
// the line itself, as many after it.

import type { Entry } from './log';

export type Around<Line> = { before: Line[]; hit: Line | undefined; after: Line[]; isFull: boolean };

export function nothing<Line>(): Around<Line> {
  return { before: [], hit: undefined, after: [], isFull: false };
}

export function isSame(a: Entry, b: Entry): boolean {
  return a.time === b.time && a.message === b.message && a.thread === b.thread && a.logger === b.logger;
}

/** Takes the next line of the stream. What comes when it is full changes nothing. */
export function take<Line extends Entry>(around: Around<Line>, line: Line, wanted: Entry, most: number): Around<Line> {
  if (around.isFull) return around;
  if (!around.hit) {
    if (isSame(line, wanted)) return { ...around, hit: line };
    return { ...around, before: [...around.before, line].slice(-most) };
  }
  const after = [...around.after, line];
  return { ...around, after, isFull: after.length >= most };
}
