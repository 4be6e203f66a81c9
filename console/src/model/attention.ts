// What needs somebody, the most urgent first, from what is known anyway.

import { midplane } from './command';
import { type Condition, nameOf as conditionName, failing } from './condition';
import { type FailureState, isAside, isRepaired, putAside, queryOf, titleOf } from './failure';
import { type Hold, heldBy } from './hold';
import { plural } from './plural';
import { heldBack } from './staged';
import { NEEDS_ATTENTION } from './state';
import { count } from './time';

export type Attention = {
  key: string;
  state: string;
  what: string;
  why: string;
  next?: string | undefined;
  /** Where the next action is done. */
  nextPath?: string;
  nextParameters?: Record<string, string>;
  /** The same for a terminal. */
  command?: string;
  path: string;
  parameters?: Record<string, string>;
};

type Workload = {
  id: string;
  integration: string;
  environment: string;
  runtime: string;
  state: string;
  reason?: string | null;
  nextAction?: string | null;
  behind: number;
  routes: Hold[];
};
type Newest = { short: string; state: string; problems: { message: string }[] } | null | undefined;
type Refused = { name: string; newest?: Newest };
type Runtime = { name: string; state: string; reason?: string | null; conditions: Condition[] };
type Group = {
  id: string;
  state: FailureState;
  stillFailing: boolean;
  assignee?: string | null;
  fingerprint: string;
  integration: string;
  environment: string;
  route: string;
  error: string;
  errorClass: string;
  count: number;
  repaired: number;
  open: number;
  lastAt: string;
};

const place = (name: string) => `/integrations/${encodeURIComponent(name)}`;

const runtimePlace = (name: string) => `/runtimes/${encodeURIComponent(name)}`;

type Deployed = { state: string; keepsRunning: boolean };

/**
 * The workloads of these integrations. One whose newest commit was refused goes on with what ran before: it runs, and the
 * commit is told of by itself.
 */
export function workloadsOf<One extends Deployed>(integrations: { newest?: Newest; workloads: One[] }[]): One[] {
  return integrations.flatMap(({ newest, workloads }) =>
    workloads.map((one) => (isBefore(one, newest) ? { ...one, state: 'running' } : one)),
  );
}

function isBefore({ state, keepsRunning }: Deployed, newest: Newest): boolean {
  return state === 'failed' && newest?.state === 'refused' && keepsRunning;
}

/** One that is held goes on with the release it has; it only follows no commits. */
const SERVING = ['running', 'held'];

/** `3 of 4 running, 1 of them held` */
export function countRunning(workloads: { state: string }[]): { running: number; held: number } {
  const of = (states: string[]) => workloads.filter((one) => states.includes(one.state)).length;
  return { running: of(SERVING), held: of(['held']) };
}

/** One that never connected is waited for, not lost; one that was revoked is not expected any more. */
export function countConnected(runtimes: { state: string }[]): {
  connected: number;
  waiting: number;
  expected: number;
} {
  const of = (...states: string[]) => runtimes.filter((one) => states.includes(one.state)).length;
  return {
    connected: of('connected'),
    waiting: of('awaited'),
    expected: runtimes.length - of('awaited', 'revoked'),
  };
}

export function ofWorkloads(workloads: Workload[]): Attention[] {
  return workloads
    .filter((one) => NEEDS_ATTENTION.includes(one.state))
    .sort((a, b) => NEEDS_ATTENTION.indexOf(a.state) - NEEDS_ATTENTION.indexOf(b.state))
    .map((one) => ({
      key: one.id,
      state: one.state,
      what: `${one.integration} in ${one.environment}`,
      why: heldBack(one) ?? one.reason ?? 'no reason was given',
      ...nextOf(one),
      path: place(one.integration),
      parameters: { tab: 'deployments' },
    }));
}

/** The server says what to do next for a terminal; here it is where the console does it. */
function nextOf({ state, integration, environment, runtime, nextAction }: Workload): Partial<Attention> {
  const command = nextAction?.startsWith('midplane ') ? { command: nextAction } : {};
  if (state === 'held')
    return {
      next: 'resume it',
      nextPath: place(integration),
      // `at`: the environment of this question alone, not of the whole console.
      nextParameters: { do: 'resume', at: environment },
      ...command,
    };
  if (state === 'runtime_lost')
    return { next: 'see what became of its runtime', nextPath: runtimePlace(runtime), ...command };
  return nextAction ? { next: nextAction } : {};
}

/** Routes that somebody stopped or suspended in what runs. */
export function ofHolds(workloads: Workload[]): Attention[] {
  return workloads
    .filter((one) => SERVING.includes(one.state))
    .flatMap(({ id, integration, environment, routes }) =>
      routes
        .filter((hold) => hold.state !== 'started')
        .map((hold) => {
          const verb = hold.state === 'suspended' ? 'resume' : 'start';
          const path = `${place(integration)}/routes/${encodeURIComponent(hold.route)}`;
          return {
            key: `${id}-${hold.route}`,
            state: hold.state === 'suspended' ? 'held' : 'stopped',
            what: `Route ${hold.route} of ${integration} in ${environment}`,
            why: heldBy(hold),
            next: `${verb} it`,
            nextPath: path,
            nextParameters: { do: verb, at: environment },
            command: midplane('route', verb, `${integration}/${hold.route}`),
            path,
          };
        }),
    );
}

/** Commits that could not become releases; what ran before goes on. */
export function ofReleases(integrations: Refused[]): Attention[] {
  return integrations.flatMap((one) =>
    one.newest?.state === 'refused'
      ? [
          {
            key: `refused-${one.name}`,
            state: 'refused',
            what: `${one.name} ${one.newest.short}`,
            why: one.newest.problems[0]?.message ?? 'the commit was refused',
            next: 'fix it and push; what ran before goes on',
            path: place(one.name),
            parameters: { tab: 'deployments' },
          },
        ]
      : [],
  );
}

/** Those that are not heard of, then those that are but cannot do their work. */
export function ofRuntimes(runtimes: Runtime[]): Attention[] {
  const away = runtimes
    .filter((one) => ['lost', 'locked', 'late'].includes(one.state))
    .map((one) => ({
      key: `runtime-${one.name}`,
      state: one.state,
      what: `Runtime ${one.name}`,
      why: one.reason ?? 'it does not answer',
      next: 'see when it was heard of last, and what to do',
      nextPath: runtimePlace(one.name),
      command: midplane('doctor'),
      path: runtimePlace(one.name),
    }));
  const ill = runtimes
    .filter((one) => one.state === 'connected')
    .flatMap((one) => failing(one.conditions).map((condition) => ({ one, condition })))
    .map(({ one, condition }) => ({
      key: `runtime-${one.name}-${condition.component}`,
      state: 'failing',
      what: `Runtime ${one.name}: ${conditionName(condition.component)}`,
      why: condition.reason,
      path: runtimePlace(one.name),
    }));
  return [...away, ...ill];
}

/** What was resolved or muted needs nobody. */
const isWork = ({ state }: Group) => state === 'OPEN' || state === 'RETURNED';

/**
 * What came back first, then the largest; what is repaired needs nobody. `from` is where the time range begins: messages
 * before it are looked for further back.
 */
export function ofFailures(groups: Group[], from: number, most = 5): Attention[] {
  return groups
    .filter((one) => isWork(one) && one.open > 0)
    .sort((a, b) => Number(b.state === 'RETURNED') - Number(a.state === 'RETURNED') || b.open - a.open)
    .slice(0, most)
    .map((one) => ({
      key: one.id,
      state: one.state === 'RETURNED' ? 'returned' : 'failed',
      what: `${plural(one.open, 'message')} of ${one.integration}/${one.route}`,
      why: whyOf(one),
      next: one.open === 1 ? 'see where it failed, then replay it' : 'see where one failed, then replay all of them',
      nextPath: failurePlace(one),
      path: '/messages',
      parameters: { q: Date.parse(one.lastAt) < from ? `${queryOf(one)} since:7d` : queryOf(one) },
    }));
}

/**
 * Messages that their route put aside when they failed: a dead letter channel, `onException`. Nothing is broken, and yet they
 * did not get where they were going, until they are replayed or somebody says that it is meant so. The largest first.
 */
export function ofHandled(groups: Group[], most = 3): Attention[] {
  return groups
    .filter((one) => isWork(one) && isAside(one))
    .sort((a, b) => putAside(b) - putAside(a))
    .slice(0, most)
    .map((one) => ({
      key: one.id,
      state: 'handled',
      what: `${one.integration}/${one.route}: ${plural(putAside(one), 'message')} ${putAside(one) === 1 ? 'was' : 'were'} put aside by the route itself`,
      why: whyOf(one),
      next: 'see why; replay one edited, or resolve it when it is meant so',
      nextPath: failurePlace(one),
      path: failurePlace(one),
    }));
}

/** What was resolved, and goes on failing on the release that ran then: what was to mend it does not. What failed last is first. */
export function ofStillFailing(groups: Group[], most = 3): Attention[] {
  return groups
    .filter((one) => one.stillFailing)
    .sort((a, b) => Date.parse(b.lastAt) - Date.parse(a.lastAt))
    .slice(0, most)
    .map((one) => ({
      key: one.id,
      state: 'still_failing',
      what: `${one.integration}/${one.route} fails on though it was resolved`,
      why: whyOf(one),
      next: 'look again, or mute it',
      nextPath: failurePlace(one),
      path: failurePlace(one),
    }));
}

const failurePlace = ({ id }: Group) => `/failures/${encodeURIComponent(id)}`;

const whyOf = (group: Group) => titleOf(group) + (group.assignee ? ` (${group.assignee} looks after it)` : '');

export type Repair = { messages: number; kinds: number; repaired: number; repairedKinds: number };

/** How much is to repair, in messages and in kinds of failure; the same that is listed, so that the numbers agree. */
export function countRepair(groups: Group[]): Repair {
  const work = groups.filter(isWork);
  return {
    messages: work.reduce((sum, one) => sum + one.open, 0),
    kinds: work.filter((one) => one.open > 0).length,
    repaired: work.reduce((sum, one) => sum + one.repaired, 0),
    repairedKinds: work.filter(isRepaired).length,
  };
}

/** `messages of 2 kinds, 22 repaired`: what stands behind the number. */
export function saysRepair({ messages, kinds, repaired, repairedKinds }: Repair): string {
  const of = kinds > 0 ? ` of ${plural(kinds, 'kind')}` : '';
  const done = repairedKinds > 0 ? ` (${plural(repairedKinds, 'kind')} all repaired)` : '';
  return `${messages === 1 ? 'message' : 'messages'}${of}${repaired > 0 ? `, ${count(repaired)} repaired${done}` : ''}`;
}
