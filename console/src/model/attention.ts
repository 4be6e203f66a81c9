// What needs somebody, the most urgent first, from what is known anyway.

import { essence } from './fault';
import { NEEDS_ATTENTION } from './state';

export type Attention = {
  key: string;
  state: string;
  what: string;
  why: string;
  next?: string | undefined;
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
  fingerprint: string;
  integration: string;
  environment: string;
  route: string;
  error: string;
  count: number;
  handled: number;
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

/** The largest groups of failures that were not dealt with by the route itself. */
export function ofFailures(groups: Group[], most = 5): Attention[] {
  return groups
    .filter((one) => one.count > one.handled)
    .sort((a, b) => b.count - b.handled - (a.count - a.handled))
    .slice(0, most)
    .map((one) => ({
      key: `${one.environment}/${one.integration}/${one.route}/${one.fingerprint}`,
      state: 'failed',
      what: `${one.count - one.handled} ${one.count - one.handled === 1 ? 'message' : 'messages'} of ${one.integration}/${one.route}`,
      why: essence(one.error),
      next: 'open one of them to see where it failed',
      path: '/messages',
      parameters: { q: `fingerprint:${one.fingerprint} integration:${one.integration}` },
    }));
}
