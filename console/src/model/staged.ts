// Which releases a workload can go back to, and which wait while it is held.

import { changedFacts } from './files';

type Release = { id: string };
type Deployment<One extends Release> = {
  integration: string;
  environment: string;
  createdAt: string;
  release: One;
  phases: { phase: string }[];
};

/** Releases that ran there and are not the one that runs, the last that ran first, each with when it was deployed last. */
export function earlier<One extends Release>(
  deployments: Deployment<One>[],
  integration: string,
  environment: string,
  current: string | undefined,
): (One & { deployedAt: string })[] {
  const seen = new Set([current]);
  return deployments
    .filter(
      (one) =>
        one.integration === integration &&
        one.environment === environment &&
        one.phases.some((phase) => phase.phase === 'ready'),
    )
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
    .flatMap(({ release, createdAt }) => {
      if (seen.has(release.id)) return [];
      seen.add(release.id);
      return [{ ...release, deployedAt: createdAt }];
    });
}

type Workload = { state: string; held: boolean; behind: number };

/** What a resume deploys: of all that came during a hold, only the newest. */
export function waits(behind: number): string {
  if (behind === 0) return 'no newer release waits';
  return behind === 1 ? '1 newer release waits' : `the newest of ${behind} newer releases waits`;
}

/** Why a held workload is held; undefined for any other. */
export function heldBack({ state, behind }: Pick<Workload, 'state' | 'behind'>): string | undefined {
  return state === 'held' ? `rolled back; ${waits(behind)}` : undefined;
}

type Place = { integration: string; environment: string };

/** Whether a deployment was live once and can be again: a held workload is resumed first, and what runs needs no way back. */
export function canGoBack(
  deployment: Place & { phase: string; release: Release },
  workload: (Pick<Workload, 'held'> & { release?: Release | null }) | undefined,
): boolean {
  if (!workload || workload.held || deployment.phase !== 'ready') return false;
  return deployment.release.id !== workload.release?.id;
}

/** What goes on where a commit of an integration was refused then: the last that became ready in each environment. */
export function ranAt<One extends Place & { createdAt: string; phase: string }>(
  deployments: One[],
  integration: string,
  at: string,
): One[] {
  const last = new Map<string, One>();
  for (const one of deployments) {
    if (one.integration !== integration || one.phase !== 'ready' || Date.parse(one.createdAt) > Date.parse(at))
      continue;
    const known = last.get(one.environment);
    if (!known || Date.parse(known.createdAt) < Date.parse(one.createdAt)) last.set(one.environment, one);
  }
  return [...last.values()];
}

type Made = Release & { commit: string; bundle?: string | null; camel: string; dependencies: string[] };

/** Whether one in place of the other changes nothing: a bundle is named by what is in it. */
export function isAlike(one: Made, other: Made): boolean {
  return Boolean(one.bundle) && one.bundle === other.bundle && changedFacts(one, other).length === 0;
}

/** The release to go back to: the one that was asked for, else the last that is another than what runs. */
export function backTo<One extends Made>(
  all: One[],
  current: Made | null | undefined,
  asked: string | undefined,
): One | undefined {
  return all.find((one) => one.commit === asked) ?? all.find((one) => !current || !isAlike(one, current)) ?? all[0];
}

/** The deployment that was there before another, of the same integration in the same environment. */
export function before<One extends Deployment<Release> & { id: string; generation: number }>(
  deployments: One[],
  of: One,
): One | undefined {
  return deployments
    .filter(
      (one) =>
        one.integration === of.integration && one.environment === of.environment && one.generation < of.generation,
    )
    .sort((a, b) => b.generation - a.generation)[0];
}
