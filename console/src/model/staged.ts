// Which releases a workload can go back to.

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
