// What a deployment is by now. All that went well end as `ready`; only the newest of them runs.

import { phaseTone, type Tone, tone } from './state';

type Deployment = { id: string; integration: string; environment: string; phase: string };
type Workload = { integration: string; environment: string; state: string };

export type Standing = { state: string; tone: Tone };

const placeOf = (one: { integration: string; environment: string }) => `${one.integration}@${one.environment}`;

/** By id. `deployments` begin with the newest; `workloads` tell what somebody stopped since. */
export function standings(deployments: Deployment[], workloads: Workload[]): Map<string, Standing> {
  const stopped = new Set(workloads.filter((one) => one.state === 'stopped').map(placeOf));
  const seen = new Set<string>();
  return new Map(
    deployments.map((one) => {
      if (one.phase !== 'ready') return [one.id, { state: one.phase, tone: phaseTone(one.phase) }];
      const place = placeOf(one);
      const state = seen.has(place) ? 'replaced' : stopped.has(place) ? 'stopped' : 'live';
      seen.add(place);
      return [one.id, { state, tone: tone(state) }];
    }),
  );
}
