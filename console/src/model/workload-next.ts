// What to do about a workload, as this console does it. The API says it as a command; here it is a button or a place to go.

import { VERBS } from './verbs';

export type Next =
  | { is: 'verb'; verb: 'resume' | 'start'; text: string }
  | { is: 'runtime'; text: string }
  | { is: 'text'; text: string };

type Workload = { state: string; nextAction?: string | null };
type May = (permission: string) => boolean;

/** Nothing where the role may not do it, and nothing for a route that is held: each has its own button. */
export function nextOf({ state, nextAction }: Workload, may: May): Next | undefined {
  const of = (verb: 'resume' | 'start', text: string): Next | undefined =>
    may(VERBS[verb].needs) ? { is: 'verb', verb, text } : undefined;
  if (state === 'held') return of('resume', 'to deploy the newest release');
  if (state === 'stopped') return of('start', 'to run what ran last');
  if (state === 'runtime_lost') return { is: 'runtime', text: 'See what is wrong with its runtime' };
  return nextAction && !nextAction.startsWith('midplane ') ? { is: 'text', text: nextAction } : undefined;
}
