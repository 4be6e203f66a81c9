// What needs somebody, the most urgent first, from what is known anyway.

import { type FailureState, queryOf } from './failure';
import { essence } from './fault';
import { NEEDS_ATTENTION } from './state';

export type Attention = {
  key: string;
  state: string;
  what: string;
  why: string;
  next?: string | undefined;
  /** Where the next action is done. */
  nextPath?: string;
  path: string;
  parameters?: Record<string, string>;
};

type Workload = {
  id: string;
  integration: string;
  environment: string;
  state: string;
  reason?: string | null;
  nextAction?: string | null;
  behind: number;
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

export function ofWorkloads(workloads: Workload[]): Attention[] {
  return workloads
    .filter((one) => NEEDS_ATTENTION.includes(one.state))
    .sort((a, b) => NEEDS_ATTENTION.indexOf(a.state) - NEEDS_ATTENTION.indexOf(b.state))
    .map((one) => ({
      key: one.id,
      state: one.state,
      what: `${one.integration} in ${one.environment}`,
      why: one.reason ?? (one.state === 'held' ? `held, ${one.behind} newer releases wait` : 'no reason was given'),
      next: one.nextAction ?? undefined,
      path: place(one.integration),
      parameters: { tab: 'deployments' },
    }));
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
      next: 'run `midplane doctor` on it',
      path: `/runtimes/${encodeURIComponent(one.name)}`,
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
      what: `${one.open} ${one.open === 1 ? 'message' : 'messages'} of ${one.integration}/${one.route}`,
      why: essence(one.error) + (one.assignee ? ` (${one.assignee} looks after it)` : ''),
      next: one.open === 1 ? 'see where it failed, then replay it' : 'see where one failed, then replay all of them',
      nextPath: `/failures/${encodeURIComponent(one.id)}`,
      path: '/messages',
      parameters: { q: queryOf(one), ...(Date.parse(one.lastAt) < from ? { range: '7d' } : {}) },
    }));
}
