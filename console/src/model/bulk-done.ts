// What is known of what the originals have done already: of the newest of them, one by one.

import { count } from './time';

/** How many were looked at, and how many of these have done something that a replay would do again. */
export type Known = { looked: number; did: number };

/** Whether leaving out what has done something would leave out everything, as far as anybody knows. */
export function isAllDone({ looked, did }: Known): boolean {
  return looked > 0 && did === looked;
}

/** `All 9 have done something already`; undefined when none was looked at. */
export function saysDone({ looked, did }: Known, total: number): string | undefined {
  if (looked === 0) return undefined;
  const isWhole = looked >= total;
  const done = 'done something already';
  const nothing = 'that would be done again';
  if (looked === 1) return `${isWhole ? 'It' : 'The newest'} has ${did === 1 ? done : `done nothing ${nothing}`}`;
  const which = `the ${isWhole ? '' : 'newest '}${count(looked)}`;
  if (did === 0) return `None of ${which} has done anything ${nothing}`;
  if (did < looked) return `${count(did)} of ${which} ${did === 1 ? 'has' : 'have'} ${done}`;
  return `All ${isWhole ? count(looked) : `of ${which}`} have ${done}`;
}
