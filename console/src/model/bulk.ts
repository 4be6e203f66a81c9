// A replay of many messages: what is asked for, what a trial of some of them showed, and how far one has come.

import { common } from './alike';
import { recordedFailure } from './choice';
import { midplane } from './command';
import { type Place, queryOf } from './failure';
import { essence } from './fault';
import { plural } from './plural';
import { closed, split } from './query';
import { provided, type Stub } from './report';
import { count } from './time';
import { readable } from './uri';

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

/** A query as it was when a replay of it was asked for: what came later was not part of it. */
export function asOf(query: string, askedAt: string): string {
  return split(query).some((one) => one.startsWith('until:')) ? query : and(query, `until:${askedAt}`);
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

/** Two that were chosen can be compared: what went wrong beside what went well, else in the order in which they were chosen. */
export function pair(messages: { id: string; outcome: string }[]): { id: string; with: string } | undefined {
  const [one, other] = messages;
  if (!one || !other || messages.length > 2) return undefined;
  const swaps = one.outcome === 'completed' && other.outcome !== 'completed';
  return swaps ? { id: other.id, with: one.id } : { id: one.id, with: other.id };
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
  stoppedStep?: number | null;
  stoppedBecause?: string | null;
  stubs: Stub[];
};

/** Why a replay takes fewer than a group has to repair; empty when it takes all of them. */
export function saysOthers(many: number): string {
  if (many <= 0) return '';
  return `${many === 1 ? 'One more is' : `${count(many)} more are`} to repair, but a replay is at work on ${many === 1 ? 'it' : 'them'}, or how it ended is not known.`;
}

/**
 * `provided`: good, if a call goes well that a dry run does not make. `outdated`: it stops because what was recorded of a read
 * is the very failure; a replay asks anew, so nobody knows what would become of it.
 */
export type Fate = {
  is: 'good' | 'provided' | 'handled' | 'failed' | 'stopped' | 'outdated' | 'untried';
  text: string;
};

/** What would become of a message, so that equal fates read alike: Camel's wrapping names the exchange, which is never the same. */
export function fate(report: Report): Fate {
  const { stoppedAt, stoppedBecause, outcome, error, stubs } = report;
  const recorded = recordedFailure(report);
  if (stoppedAt && recorded)
    return {
      is: 'outdated',
      text: `not known: what was recorded at ${readable(stoppedAt)} was ${recorded}; a replay asks anew`,
    };
  if (stoppedAt)
    return {
      is: 'stopped',
      text: `would stop at ${readable(stoppedAt)}: ${stoppedBecause ?? 'its answer is not known'}`,
    };
  if (outcome === 'failed') return { is: 'failed', text: `would fail: ${essence(error ?? '') || 'without a reason'}` };
  if (outcome === 'handled') return { is: 'handled', text: 'would end with a handled error' };
  const condition = provided(stubs);
  return { is: condition ? 'provided' : 'good', text: `would complete${condition}` };
}

/** Whether a dry run says that it would not come to a good end. */
export function isBad({ is }: Fate): boolean {
  return is !== 'good' && is !== 'provided' && is !== 'outdated';
}

/** Whether one of them stopped at a failure that was recorded of a read: to really ask it says more than a replay would. */
export function isOutdated(fates: Tally): boolean {
  return fates.some(({ fate: { is } }) => is === 'outdated');
}

/** How far a trial is: so many of those that it takes, which are all or only the newest; `pauses` where a replay would. */
export type Tried = { tried: number; of: number; isAll: boolean; pauses?: boolean };

/** `Tried the newest 5 in a sandbox, from which nothing gets out`. How many there are in all is said where it is counted. */
export function saysTried({ tried, of, isAll, pauses = false }: Tried, isRunning: boolean): string {
  const where = 'in a sandbox, from which nothing gets out';
  const which = (many: number) => (isAll && many === of ? count(many) : `the newest ${count(many)}`);
  if (isRunning) return `Trying ${which(of)} ${where}: ${count(tried)} done`;
  return `Tried ${which(tried)} ${where}${pauses && tried < of ? '; a replay would pause there' : ''}`;
}

/** Fates and how many messages share each, the most frequent first; the first message of each is its sample. */
export type Tally = { fate: Fate; count: number; sample: string }[];

/** Fates that differ in ids alone are one: `no price for sku `…``. */
export function tally(before: Tally, message: string, said: Fate): Tally {
  const shared = (known: Fate) => (known.is === said.is ? common(known.text, said.text) : undefined);
  const place = before.findIndex((one) => shared(one.fate) !== undefined);
  const after = before.map((one, at) =>
    at === place
      ? { ...one, fate: { ...one.fate, text: shared(one.fate) ?? one.fate.text }, count: one.count + 1 }
      : one,
  );
  if (place < 0) after.push({ fate: said, count: 1, sample: message });
  return after.sort((a, b) => b.count - a.count);
}

/** Whether everything that was tried would fail as it did: a replay would repair nothing. */
export function isHopeless(fates: Tally): boolean {
  return fates.length > 0 && fates.every((one) => one.fate.is === 'failed');
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

/** The group of failures that a replay was asked of, among those that are known. */
export function groupAmong<One extends Place>(query: string, groups: One[]): One | undefined {
  const terms = split(query);
  return groups.find((one) => split(queryOf(one)).every((term) => terms.includes(term)));
}

/** `fingerprint:7f` names the group that a replay was asked of. */
export function groupOf(query: string): string | undefined {
  return split(query)
    .find((one) => one.startsWith('fingerprint:'))
    ?.slice('fingerprint:'.length);
}
