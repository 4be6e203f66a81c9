// What can be done with a workload: which permission it needs, what it will do, and when it makes sense.

export type Verb = 'restart' | 'stop' | 'start' | 'rollback' | 'resume';

export const VERBS: Record<Verb, { name: string; needs: string; consequence: string }> = {
  restart: {
    name: 'Restart',
    needs: 'workload:operate',
    consequence: 'starts the same release in a new process and then ends the old one',
  },
  stop: {
    name: 'Stop',
    needs: 'workload:operate',
    consequence: 'ends its process; commits become releases meanwhile but nothing runs until it is started',
  },
  start: { name: 'Start', needs: 'workload:operate', consequence: 'starts the release that ran last' },
  rollback: {
    name: 'Roll back',
    needs: 'deployment:write',
    consequence: 'deploys an earlier release and holds it: later pushes wait until you resume',
  },
  resume: {
    name: 'Resume',
    needs: 'deployment:write',
    consequence: 'ends the hold and deploys the newest release',
  },
};

/** What makes sense in this state. */
export function verbs(state: string, held: boolean): Verb[] {
  const moves: Verb[] = held ? ['resume'] : ['rollback'];
  if (state === 'stopped') return ['start', ...moves];
  return ['restart', 'stop', ...moves];
}

export function readVerb(text: string | null): Verb | undefined {
  return (Object.keys(VERBS) as Verb[]).find((verb) => verb === text);
}
