// Routes that a person stopped or suspended: which it is, who did it, what can be done about it, and what that means.

import type { Tone } from './state';

export type Action = 'STOP' | 'SUSPEND' | 'START' | 'RESUME';

export type Hold = { route: string; state: string; by: string; at: string };

export const ACTIONS: Record<Action, { name: string; consequence: string; isHarmful: boolean }> = {
  STOP: {
    name: 'Stop',
    consequence:
      'it finishes what is in flight and closes its consumer. It stays stopped, over restarts and deployments, until somebody starts it',
    isHarmful: true,
  },
  SUSPEND: {
    name: 'Suspend',
    consequence:
      'its consumer stays open and takes nothing new. It stays so, over restarts and deployments, until somebody resumes it',
    isHarmful: true,
  },
  START: { name: 'Start', consequence: 'it takes messages again, now and after every restart', isHarmful: false },
  RESUME: { name: 'Resume', consequence: 'it takes messages again, now and after every restart', isHarmful: false },
};

/** What tells the two ways to hold a route apart. */
export const HOLDS =
  'Stop closes the consumer of a route, Suspend keeps it open and takes nothing new. What is in flight is finished either way.';

/** Both need the same. */
export const NEEDS = 'workload:operate';

/** The hold on a route; undefined when nobody holds it. One that was let go is no hold any more. */
export function holdOf(holds: Hold[], route: string): Hold | undefined {
  return holds.find((one) => one.route === route && one.state !== 'started');
}

/** What makes sense now. */
export function actions(hold: Hold | undefined): Action[] {
  if (!hold) return ['STOP', 'SUSPEND'];
  return hold.state === 'suspended' ? ['RESUME', 'STOP'] : ['START'];
}

/** `stopped by ana` */
export function heldBy(hold: Hold): string {
  return `${hold.state} by ${hold.by}`;
}

/** What came of asking: what is wanted, and what Camel says the route is now. */
export function told(asked: { hold: Hold; now?: string | null }): { tone: Tone; text: string } {
  const { hold, now } = asked;
  if (!now) return { tone: 'busy', text: `${hold.route} will be ${hold.state} as soon as its workload runs.` };
  if (now.toLowerCase() === hold.state) return { tone: 'good', text: `${hold.route} is ${heldBy(hold)}.` };
  return {
    tone: 'held',
    text: `${hold.route} is ${now.toLowerCase()} now; that it is to be ${hold.state} is kept, and tried again at the next start.`,
  };
}
