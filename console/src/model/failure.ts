// Failure groups as work: which are shown, what can be done with one in its state, and what takes that back.

import { general } from './alike';
import { midplane } from './command';
import { essence } from './fault';
import { term } from './query';
import { count } from './time';

export type FailureState = 'OPEN' | 'RETURNED' | 'MUTED' | 'RESOLVED';

/** What needs somebody first. */
export const STATES: FailureState[] = ['OPEN', 'RETURNED', 'MUTED', 'RESOLVED'];
const DEFAULT: FailureState[] = ['OPEN', 'RETURNED'];

/** The states that an address names, as in `state=open,muted`; nothing, or nothing known, is what needs somebody. */
export function readStates(text: string | null): FailureState[] {
  const named = (text ?? '').toUpperCase().split(',');
  const found = STATES.filter((state) => named.includes(state));
  return found.length > 0 ? found : DEFAULT;
}

/** As the address holds them: null for what is shown without being asked for. */
export function writeStates(states: FailureState[]): string | null {
  const sorted = STATES.filter((state) => states.includes(state));
  const text = sorted.join(',').toLowerCase();
  return sorted.length === 0 || text === DEFAULT.join(',').toLowerCase() ? null : text;
}

/** One state more or less; the last one stays, because a list of nothing helps nobody. */
export function toggleState(states: FailureState[], state: FailureState): FailureState[] {
  const others = states.filter((one) => one !== state);
  if (others.length === states.length) return [...states, state];
  return others.length > 0 ? others : states;
}

/** Whether a list of these states shows it: what fails on though it was resolved is seen in any. */
export function isShown(
  { state, stillFailing }: { state: FailureState; stillFailing: boolean },
  states: FailureState[],
) {
  return stillFailing || states.includes(state);
}

export function countStates(groups: { state: FailureState }[]): Record<FailureState, number> {
  const counts = { OPEN: 0, RETURNED: 0, MUTED: 0, RESOLVED: 0 };
  for (const { state } of groups) counts[state] += 1;
  return counts;
}

/** As lists and commands name a group: enough of its fingerprint to tell it apart from its neighbours. */
export function shortOf(fingerprint: string): string {
  return fingerprint.slice(0, 8);
}

type Named = { error: string; errorClass: string; count: number };

/** What a group is called: what may differ from message to message is left open, so that it is called the same tomorrow. */
export function titleOf({ error, errorClass, count }: Named): string {
  const text = essence(error);
  return (count > 1 ? general(text) : text) || errorClass;
}

/** What the newest message said, where the title leaves some of it open. */
export function newestOf(group: Named): string | undefined {
  const text = essence(group.error);
  return text && text !== titleOf(group) ? text : undefined;
}

export type Change =
  | { do: 'resolve' }
  | { do: 'mute'; until: string | null }
  | { do: 'reopen' }
  | { do: 'assign'; to: string | null }
  | { do: 'note'; note: string | null };

export type Group = {
  fingerprint: string;
  state: FailureState;
  mutedUntil?: string | null;
  assignee?: string | null;
  note?: string | null;
};

/** How long a group can be muted: key, words, seconds. */
export const SPANS = [
  ['1h', 'For an hour', 3_600],
  ['1d', 'For a day', 86_400],
  ['7d', 'For a week', 604_800],
  ['', 'For good', null],
] as const;

export function mute(seconds: number | null, now: number): Change {
  return { do: 'mute', until: seconds === null ? null : new Date(now + seconds * 1000).toISOString() };
}

/** What makes sense in this state, the likeliest first. */
export function offered(state: FailureState, stillFailing = false): ('resolve' | 'mute' | 'reopen')[] {
  if (state === 'RESOLVED') return stillFailing ? ['reopen', 'mute'] : ['reopen'];
  return state === 'MUTED' ? ['reopen', 'resolve'] : ['resolve', 'mute'];
}

/** What opens a group again is called by what it ends. */
export function reopens(state: FailureState): string {
  return state === 'MUTED' ? 'Un-mute' : 'Open again';
}

/**
 * What takes a change back; undefined where nothing simple does. A returned group that was resolved by mistake is open
 * afterwards, not returned: it needs somebody as before.
 */
export function undo(before: Group, change: Change): Change | undefined {
  if (change.do === 'assign') return { do: 'assign', to: before.assignee ?? null };
  if (change.do === 'note') return { do: 'note', note: before.note ?? null };
  if (before.state === 'MUTED') return { do: 'mute', until: before.mutedUntil ?? null };
  // Resolving again would count from now on, and hide what failed meanwhile.
  if (before.state === 'RESOLVED') return undefined;
  return { do: 'reopen' };
}

type Counts = { count: number; repaired: number; open: number };

/** Those that the route dealt with (a dead letter channel, `onException`, `doCatch`) and no replay has repaired since. */
export function putAside({ count, repaired, open }: Counts): number {
  return Math.max(0, count - repaired - open);
}

/** All of it is repaired, also what the route dealt with, and nobody has said yet that it is over. */
export function isRepaired(group: Counts & { state: FailureState }): boolean {
  const { state, count, repaired } = group;
  return (state === 'OPEN' || state === 'RETURNED') && count > 0 && repaired >= count;
}

/** Nothing of it failed without being dealt with, but the route put some of it aside. */
export function isAside(group: Counts): boolean {
  return group.open === 0 && putAside(group) > 0;
}

/** `205: 204 handled by the route, 1 repaired by a replay`: each message in one part. */
export function saysCounts(group: Counts): string {
  const parts = [
    [group.open, 'to repair'],
    [putAside(group), 'handled by the route'],
    [group.repaired, 'repaired by a replay'],
  ] as const;
  const said = parts.filter(([many]) => many > 0).map(([many, what]) => `${count(many)} ${what}`);
  return [count(group.count), said.join(', ')].filter(Boolean).join(': ');
}

/** `All 9 are repaired` */
export function saysRepaired({ repaired }: { repaired: number }): string {
  return repaired === 1 ? 'The one that failed is repaired' : `All ${count(repaired)} are repaired`;
}

/** What failed this shortly before it was resolved is likely to fail again. */
const JUST_MS = 60_000;

/** Why resolving it may not last; undefined when it has not failed for a while. `now` is when it was resolved. */
export function saysJustFailed({ lastAt }: { lastAt: string }, now: number): string | undefined {
  const before = Math.max(0, now - Date.parse(lastAt));
  return before < JUST_MS
    ? `It last failed ${before < 1_000 ? 'just' : `${Math.floor(before / 1_000)} s`} before you resolved it. If that goes on, it is shown as still failing.`
    : undefined;
}

/** What was done, for whoever may want to take it back; `state` was there before. */
export function told(change: Change, state: FailureState): string {
  switch (change.do) {
    case 'resolve':
      return 'Resolved';
    case 'mute':
      return change.until === null ? 'Muted for good' : 'Muted';
    case 'reopen':
      return state === 'MUTED' ? 'No longer muted' : 'Open again';
    case 'assign':
      return change.to === null ? 'Nobody has it now' : `${change.to} has it now`;
    case 'note':
      return change.note === null ? 'The note is gone' : 'The note is kept';
  }
}

/** The same as a command; `span` is what was chosen of `SPANS`. */
export function commandOf(fingerprint: string, change: Change, span = ''): string {
  const verb = ['failures', change.do, shortOf(fingerprint)];
  switch (change.do) {
    case 'mute':
      return midplane(...verb, ...(span ? ['--for', span] : []));
    case 'assign':
      return midplane(...verb, change.to ?? '--nobody');
    case 'note':
      return midplane(...verb, change.note ?? '--remove');
    default:
      return midplane(...verb);
  }
}

export type Place = { fingerprint: string; integration: string; environment: string; route: string };

/** The search that finds the messages of a group. */
export function queryOf(group: Place): string {
  const { fingerprint, integration, environment, route } = group;
  return [
    term('fingerprint', fingerprint),
    term('integration', integration),
    term('route', route),
    term('env', environment),
  ].join(' ');
}

/** What of a group a replay can repair: messages that failed, from the first of them on. */
export function repairOf(group: Place & { firstAt: string }): string {
  return `${queryOf(group)} outcome:failed ${sinceFirst(group)}`;
}

/** What its route put aside and no replay has repaired: each can be replayed from its own page. */
export function asideOf(group: Place & { firstAt: string }): string {
  return `${queryOf(group)} outcome:handled replayed:open -is:replay ${sinceFirst(group)}`;
}

/** A bound in time keeps a search from days in which there was nothing; a second earlier loses nothing to rounding. */
function sinceFirst({ firstAt }: { firstAt: string }): string {
  return `since:${new Date(Date.parse(firstAt) - 1_000).toISOString()}`;
}
