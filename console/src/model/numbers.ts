// Steps as people name them. The API counts them (7), tables and the command line number them as a book is (5.2.1).

import { foldKey, lines, type Step } from './steps';

export type Numbers = ReadonlyMap<number, string>;

/** The number of each step that was read. */
export function numbers(steps: Step[]): Numbers {
  const open = new Set([foldKey(0), ...steps.map((step) => foldKey(step.sequence))]);
  return new Map(lines(steps, open).flatMap((line) => (line.is === 'step' ? [[line.step.sequence, line.number]] : [])));
}

/** One that was not read has only its count. */
export function numberOf(known: Numbers, step: number): string {
  return known.get(step) ?? String(step);
}
