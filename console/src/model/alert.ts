// Alerts as they are shown: which rules there are, in words, and where each leads.

import { isRepaired } from './failure';
import { duration } from './time';

export const RULES: Record<string, { name: string; about: string }> = {
  runtime_lost: {
    name: 'A runtime is lost',
    about: 'Nothing was heard of it for five minutes. Its workloads may go on.',
  },
  deployment_failed: {
    name: 'A deployment failed',
    about: 'Or a commit was refused. What ran before goes on; the alert ends with the next deployment that runs.',
  },
  new_failures: {
    name: 'Messages fail in a new way',
    about:
      'A kind of failure that was not there before, is back after a day without it, or goes on after it was resolved.',
  },
};

/** How far back a group of failures is looked for that still needs somebody. */
export const REACH_MS = 7 * 86_400_000;

export function isMuted(alert: { mutedUntil?: string | null }, now: number): boolean {
  return alert.mutedUntil ? Date.parse(alert.mutedUntil) > now : false;
}

/** An address of the console as a link takes it. Anything that is no path of ours leads home. */
export function splitPath(text: string): { path: string; parameters: Record<string, string> } {
  if (!text.startsWith('/') || text.startsWith('//')) return { path: '/', parameters: {} };
  const [path = '/', query = ''] = text.split('?', 2);
  return { path, parameters: Object.fromEntries(new URLSearchParams(query)) };
}

type Alert = { title: string; path: string };
type Group = { fingerprint: string; integration: string; route: string; open: number };

/**
 * The group of failures that an alert is about, among those that are known. The alert names a search and, in its title, the
 * route; the environment it does not name, so one that still has something to repair goes first.
 */
export function groupOf<One extends Group>(alert: Alert, groups: One[]): One | undefined {
  const { path, parameters } = splitPath(alert.path);
  if (path !== '/messages') return undefined;
  const terms = parameters.q?.split(' ') ?? [];
  const found = groups.filter(
    (one) =>
      terms.includes(`fingerprint:${one.fingerprint}`) && alert.title.startsWith(`${one.integration}/${one.route} `),
  );
  return found.find((one) => one.open > 0) ?? found[0];
}

/** What somebody can do about it, where that is known. */
export function nextOf(group: Parameters<typeof isRepaired>[0]): string | undefined {
  return isRepaired(group) ? 'all repaired; resolve it' : undefined;
}

type Delivery = { message: string; status?: number | null; error?: string | null; nextAt?: string | null };

/** What became of one attempt. */
export function became(delivery: Delivery): 'arrived' | 'waiting' | 'given_up' {
  if (delivery.status && delivery.status >= 200 && delivery.status < 300) return 'arrived';
  return delivery.nextAt ? 'waiting' : 'given_up';
}

/** How long a call took; empty where none was made, as when the name of its host is not known. */
export function took({ status, tookMs }: { status?: number | null; tookMs: number }): string {
  if (tookMs < 1) return status ? '< 1 ms' : '';
  return duration(tookMs * 1_000);
}
