// What a replay of many messages left out because the originals had done something already, and how it is asked for again.

import { and, type Progress, type Rules } from './bulk';
import { writeAsked } from './bulk-address';
import { split } from './query';
import { count } from './time';

/** The original has done something that a replay would do again (docs/errors). */
const DONE_ALREADY = 'MP-RPL-09';

type Of = Progress & Rules & { query: string; refusals: { code: string; count: number }[] };

export type Left = {
  /** Left out because of what they had done. */
  many: number;
  /** Not begun, and taken as well by whoever asks again. */
  waiting: number;
  /** Nothing else went wrong: it is these that it stopped at. */
  isOnly: boolean;
};

/** Undefined while it runs, and when nothing was left out for this reason. */
export function leftOut(of: Of): Left | undefined {
  const many = of.refusals.reduce((sum, one) => sum + (one.code === DONE_ALREADY ? one.count : 0), 0);
  if (many === 0 || of.state === 'running') return undefined;
  const others = of.failed + of.unknown + of.notDone + of.refused - many;
  return { many, waiting: Math.max(0, of.total - of.begun), isOnly: others === 0 };
}

/** What takes them. */
export function nameOf({ many, waiting }: Left): string {
  if (waiting > 0) return `Replay the ${count(many)} left out and the ${count(waiting)} not begun`;
  return many === 1 ? 'Replay the one that was left out' : `Replay the ${count(many)} that were left out`;
}

/** The form that takes them, with what was asked for before. What was replayed, well or not, is none of them. */
export function again(of: Of): Record<string, string> {
  const q = split(of.query).includes('replayed:no') ? of.query : and(of.query, 'replayed:no');
  return { q, ...writeAsked(of, true) };
}
