// What needs somebody, the most urgent first, from what is known anyway.

import { midplane } from './command';
import { type FailureState, queryOf } from './failure';
import { essence } from './fault';
import { type Hold, heldBy } from './hold';
import { plural } from './plural';
import { NEEDS_ATTENTION } from './state';

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
type Refused = { name: string; newest?: { short: string; state: string; problems: { message: string }[] } | null };
type Runtime = { name: string; state: string; reason?: string | null };
type Group = {
  id: string;
  state: FailureState;
  assignee?: string | null;
  fingerprint: string;
  integration: string;
  environment: string;
  route: string;
  error: string;
  open: number;
  lastAt: string;
};

const place = (name: string) => `/integrations/${encodeURIComponent(name)}`;

const runtimePlace = (name: string) => `/runtimes/${encodeURIComponent(name)}`;

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
      why: one.reason ?? (one.state === 'held' ? `held, ${waits(one.behind)}` : 'no reason was given'),
      ...nextOf(one),
      path: place(one.integration),
      parameters: { tab: 'deployments' },
    }));
}

const waits = (behind: number) => `${plural(behind, 'newer release')} ${behind === 1 ? 'waits' : 'wait'}`;

/** The server says what to do next for a terminal; here it is where the console does it. */
function nextOf({ state, integration, environment, runtime, nextAction }: Workload): Partial<Attention> {
  const command = nextAction?.startsWith('midplane ') ? { command: nextAction } : {};
  if (state === 'held')
    return {
      next: 'resume it',
      nextPath: place(integration),
      nextParameters: { do: 'resume', env: environment },
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
          return {
            key: `${id}-${hold.route}`,
            state: hold.state === 'suspended' ? 'held' : 'stopped',
            what: `Route ${hold.route} of ${integration} in ${environment}`,
            why: heldBy(hold),
            next: `${verb} it`,
            nextPath: place(integration),
            command: midplane('route', verb, `${integration}/${hold.route}`),
            path: `${place(integration)}/routes/${encodeURIComponent(hold.route)}`,
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

export function ofRuntimes(runtimes: Runtime[]): Attention[] {
  return runtimes
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
}

/**
 * What came back first, then the largest; what was resolved, muted or repaired needs nobody. `from` is where the time range
 * begins: messages before it are looked for further back.
 */
export function ofFailures(groups: Group[], from: number, most = 5): Attention[] {
  return groups
    .filter((one) => one.open > 0 && (one.state === 'OPEN' || one.state === 'RETURNED'))
    .sort((a, b) => Number(b.state === 'RETURNED') - Number(a.state === 'RETURNED') || b.open - a.open)
    .slice(0, most)
    .map((one) => ({
      key: one.id,
      state: one.state === 'RETURNED' ? 'returned' : 'failed',
      what: `${plural(one.open, 'message')} of ${one.integration}/${one.route}`,
      why: essence(one.error) + (one.assignee ? ` (${one.assignee} looks after it)` : ''),
      next: one.open === 1 ? 'see where it failed, then replay it' : 'see where one failed, then replay all of them',
      nextPath: `/failures/${encodeURIComponent(one.id)}`,
      path: '/messages',
      parameters: { q: queryOf(one), ...(Date.parse(one.lastAt) < from ? { range: '7d' } : {}) },
    }));
}
