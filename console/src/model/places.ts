// What Ctrl-K knows, by kind. What a role may not see or do is not there.

import { titleOf } from './failure';
import type { Place } from './jump';
import { VERBS, verbs } from './verbs';

const SCREENS: [name: string, path: string, needs?: string, parameters?: Record<string, string>][] = [
  ['Integrations', '/integrations', 'integration:read'],
  ['Deployments', '/deployments', 'deployment:read'],
  ['Messages', '/messages', 'message:read'],
  ['Messages as they arrive', '/messages', 'message:read', { live: 'yes' }],
  ['Failures', '/failures', 'message:read'],
  ['Bulk replays', '/replays', 'message:read'],
  ['Logs', '/logs', 'log:read'],
  ['Runtimes', '/runtimes', 'runtime:read'],
  ['Add a runtime', '/runtimes/add', 'runtime:manage'],
  ['Settings', '/settings'],
  ['Settings: Git sources', '/settings', 'source:read', { tab: 'sources' }],
  ['Settings: what is recorded', '/settings', 'capture:read', { tab: 'capture' }],
  ['Settings: alerts', '/settings', 'alert:read', { tab: 'alerts' }],
  ['Settings: tokens and sessions', '/settings', 'token:read', { tab: 'tokens' }],
  ['Settings: audit', '/settings', 'audit:read', { tab: 'audit' }],
];

export function ofScreens(permissions: string[]): Place[] {
  return SCREENS.filter(([, , needs]) => !needs || permissions.includes(needs)).map(([name, path, , parameters]) => ({
    key: `s-${name}`,
    name,
    about: 'Screen',
    path,
    ...(parameters ? { parameters } : {}),
  }));
}

const integration = (name: string) => `/integrations/${encodeURIComponent(name)}`;

export function ofIntegrations(all: { id: string; name: string; project: string }[]): Place[] {
  return all.map((one) => ({
    key: `i-${one.id}`,
    name: one.name,
    about: `Integration of ${one.project}`,
    path: integration(one.name),
  }));
}

type Route = { environment: string; integration: string; name: string };

/** One that is in several environments leads to that of its line, because its page would show all of them. */
export function ofRoutes(all: Route[]): Place[] {
  const key = (one: Route) => `${one.integration}/${one.name}`;
  const times = new Map<string, number>();
  for (const one of all) times.set(key(one), (times.get(key(one)) ?? 0) + 1);
  return all.map((one) => ({
    key: `r-${one.environment}/${one.integration}/${one.name}`,
    name: one.name,
    about: `Route of ${one.integration} in ${one.environment}`,
    path: `${integration(one.integration)}/routes/${encodeURIComponent(one.name)}`,
    environment: one.environment,
    ...((times.get(key(one)) ?? 0) > 1 ? { parameters: { env: one.environment } } : {}),
  }));
}

export function ofRuntimes(all: { id: string; name: string }[]): Place[] {
  return all.map((one) => ({
    key: `t-${one.id}`,
    name: one.name,
    about: 'Runtime',
    path: `/runtimes/${encodeURIComponent(one.name)}`,
  }));
}

export function ofEnvironments(all: { id: string; name: string }[]): Place[] {
  return all.map((one) => ({
    key: `e-${one.id}`,
    name: `Look at ${one.name}`,
    about: 'Environment',
    path: '/',
    parameters: { env: one.name },
  }));
}

type Workload = { id: string; integration: string; environment: string; state: string; held: boolean };

/** Leads to the question that each action asks before it is done. */
export function ofActions(all: Workload[], permissions: string[]): Place[] {
  return all.flatMap((one) =>
    verbs(one.state, one.held)
      .filter((verb) => permissions.includes(VERBS[verb].needs))
      .map((verb) => ({
        key: `a-${verb}-${one.id}`,
        name: `${VERBS[verb].name} ${one.integration}`,
        about: `In ${one.environment}; asks before it does it`,
        path: integration(one.integration),
        parameters: { do: verb, at: one.environment },
        environment: one.environment,
      })),
  );
}

type Deployment = {
  id: string;
  integration: string;
  environment: string;
  release: { short: string; author: string; subject: string };
};

export function ofCommits(all: Deployment[]): Place[] {
  return all.map((one) => ({
    key: `c-${one.id}`,
    name: `${one.release.short} ${one.release.subject}`,
    about: `Commit of ${one.release.author}, ${one.integration} in ${one.environment}`,
    path: '/deployments',
    parameters: { id: one.id },
    environment: one.environment,
  }));
}

type Failure = Parameters<typeof titleOf>[0] & { id: string; integration: string; environment: string; route: string };

/** By what went wrong, in full as its newest message says it, and by where. */
export function ofFailureGroups(all: Failure[]): Place[] {
  return all.map((one) => ({
    key: `f-${one.id}`,
    name: titleOf(one),
    words: `${one.error} ${one.integration}/${one.route}`,
    about: `Failure of ${one.integration}/${one.route} in ${one.environment}`,
    path: `/failures/${encodeURIComponent(one.id)}`,
    environment: one.environment,
  }));
}
