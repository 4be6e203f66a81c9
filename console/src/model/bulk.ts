// A replay of many messages: what is asked for, what a trial of some of them showed, and how far one has come.

import { midplane } from './command';
import { plural } from './plural';
import { closed, split } from './query';
import { count } from './time';

/** As many as a query may name one by one: it has 64 conditions, and its bounds in time are two of them. */
export const MOST_CHOSEN = 50;
/** What a canary is unless somebody says otherwise: few enough to be looked at one by one. */
const CANARY = 5;
/** What the server allows. */
const FASTEST = 1_000;

export type Rules = { canary: number | null; perSecond: number; stopAfter: number };

/** What is proposed for so many messages; a handful needs no canary. */
export function proposed(total: number): Rules {
  return { canary: total > 2 * CANARY ? CANARY : null, perSecond: 10, stopAfter: 3 };
}

/** Why it cannot be asked for like this; undefined when it can. */
export function wrong({ canary, perSecond, stopAfter }: Rules): string | undefined {
  const isWhole = (value: number, least: number) => Number.isInteger(value) && value >= least;
  if (canary !== null && !isWhole(canary, 1)) return 'a canary is at least one message';
  if (!isWhole(perSecond, 1) || perSecond > FASTEST) return `a rate is between 1 and ${FASTEST} a second`;
  if (!isWhole(stopAfter, 0)) return 'it stops after a number of messages, or with 0 never';
  return undefined;
}

/** A query and one term more, which narrows all of it. */
export function and(query: string, more: string): string {
  return [...closed(query), more].join(' ');
}

/** Those that such a replay takes: no replays, and nothing that one repaired, may have repaired, or works on. */
export function candidates(query: string): string {
  return and(query, '-is:replay replayed:open');
}

/** Messages that were chosen one by one. */
export function chosen(messages: { id: string; startedAt: string }[]): string {
  const ids = messages.map((one) => one.id).sort();
  const times = messages.map((one) => Date.parse(one.startedAt));
  const names = ids.length > 1 ? `(${ids.join(' OR ')})` : (ids[0] ?? '');
  // The names alone would be looked for in every day that is kept.
  const since = new Date(Math.min(...times) - 1).toISOString();
  const until = new Date(Math.max(...times) + 1).toISOString();
  return `${names} since:${since} until:${until}`;
}

/** `repeats`: what the originals have done is done again, which the command line wants to be told or asks for. */
export function commandOf(
  query: string,
  { canary, perSecond, stopAfter }: Rules,
  { isDry = false, repeats = false }: { isDry?: boolean; repeats?: boolean } = {},
): string {
  return midplane(
    'replay',
    query,
    isDry && '--dry-run',
    canary !== null && `--canary=${canary}`,
    !isDry && `--rate=${perSecond}/s`,
    `--stop-after=${stopAfter}`,
    !isDry && repeats && '--yes',
  );
}

type Report = {
  outcome: string;
  error?: string | null;
  stoppedAt?: string | null;
  stoppedBecause?: string | null;
};

/** What would become of a message, so that equal fates read alike. */
export function fate(report: Report): string {
  if (report.stoppedAt)
    return `would stop at ${report.stoppedAt}: ${report.stoppedBecause ?? 'its answer is not known'}`;
  if (report.outcome === 'failed') return `would fail: ${report.error ?? 'without a reason'}`;
  return report.outcome === 'handled' ? 'would end with a handled error' : GOOD;
}

export const GOOD = 'would complete';

/** `Tried 3 of the newest 5 in a sandbox, from which nothing gets out; 9 can be replayed` */
export function saysTried({ tried, of }: { tried: number; of: number }, total: number): string {
  const which = of < total ? `the newest ${count(of)}` : count(of);
  const rest = of < total ? `; ${count(total)} can be replayed` : '';
  return `Tried ${count(tried)} of ${which} in a sandbox, from which nothing gets out${rest}`;
}

/** Fates and how many messages share each, the most frequent first; the first message of each is its sample. */
export type Tally = { fate: string; count: number; sample: string }[];

export function tally(before: Tally, message: string, said: string): Tally {
  const known = before.some((one) => one.fate === said);
  const after = known
    ? before.map((one) => (one.fate === said ? { ...one, count: one.count + 1 } : one))
    : [...before, { fate: said, count: 1, sample: message }];
  return after.sort((a, b) => b.count - a.count);
}

export type Progress = {
  state: string;
  total: number;
  begun: number;
  completed: number;
  handled: number;
  failed: number;
  unknown: number;
  notDone: number;
  refused: number;
  canary?: number | null;
};

export type Part = {
  is: 'completed' | 'handled' | 'failed' | 'unknown' | 'notDone' | 'refused' | 'going' | 'waiting';
  count: number;
};

/** Those that came to an end, good or not. */
export function endedOf(of: Progress): number {
  return of.completed + of.handled + of.failed + of.unknown + of.notDone + of.refused;
}

/** Every message in one part of the whole, in the order in which a bar shows them. */
export function parts(of: Progress): Part[] {
  const ended = endedOf(of);
  const all: Part[] = [
    { is: 'completed', count: of.completed },
    { is: 'handled', count: of.handled },
    { is: 'failed', count: of.failed },
    { is: 'unknown', count: of.unknown },
    { is: 'notDone', count: of.notDone },
    { is: 'refused', count: of.refused },
    { is: 'going', count: Math.max(0, of.begun - ended) },
    { is: 'waiting', count: Math.max(0, of.total - of.begun) },
  ];
  return all.filter((one) => one.count > 0);
}

export const WORDS: Record<Part['is'], string> = {
  completed: 'completed',
  handled: 'with a handled error',
  failed: 'failed',
  unknown: 'done, how it ended is not known',
  notDone: 'not done',
  refused: 'left out',
  going: 'going on',
  waiting: 'not begun',
};

/** As it is shown: what runs is on its way, not well. */
export function shownState(state: string): string {
  return state === 'running' ? 'replaying' : state;
}

export type Action = 'PAUSE' | 'RESUME' | 'CANCEL';

/** What can be asked of one in this state. */
export function actions(state: string): Action[] {
  if (state === 'running') return ['PAUSE', 'CANCEL'];
  return state === 'paused' ? ['RESUME', 'CANCEL'] : [];
}

/** The first ones are through, and all of them went well. */
export function isCanaryGood(of: Progress): boolean {
  return of.state === 'paused' && of.begun > 0 && of.begun === of.canary && of.completed + of.handled === of.begun;
}

/** `at most 10 a second`, for one that was asked for. */
export function saysRules({ canary, perSecond, stopAfter }: Rules): string {
  const parts = [
    canary ? `${count(canary)} first` : '',
    `at most ${count(perSecond)} a second`,
    stopAfter > 0 ? `pauses after ${plural(stopAfter, 'failure')}` : 'never pauses by itself',
  ];
  return parts.filter(Boolean).join(', ');
}

/** What to do next, for whoever comes back to it. */
export function next(of: Progress): string | undefined {
  const bad = of.failed + of.unknown + of.notDone;
  if (isCanaryGood(of)) return 'Look at what became of the first ones; then go on with the others, or cancel.';
  if (of.state === 'paused') return 'Nothing more is begun until somebody goes on.';
  if (of.state !== 'running' && bad > 0) return 'Open one that failed to see why; a replay of a replay is never made.';
  return undefined;
}

/** `fingerprint:7f` names the group that a replay was asked of. */
export function groupOf(query: string): string | undefined {
  return split(query)
    .find((one) => one.startsWith('fingerprint:'))
    ?.slice('fingerprint:'.length);
}
