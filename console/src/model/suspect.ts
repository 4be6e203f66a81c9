// Which deployment a failure began with, and how soon after it.

type Deployment = {
  id: string;
  integration: string;
  environment: string;
  /** 1 is the first of its integration there. */
  generation: number;
  createdAt: string;
  release: { short: string };
};
type Group = {
  integration: string;
  environment: string;
  firstAt: string;
  beganOn?: { short: string } | null;
};

/** `isFirst`: nothing was deployed there before, so no change of it can be to blame. */
export type Suspect = { deployment: string; afterUs: number; isFirst: boolean };

/** The last deployment of that release before the first failure; undefined when it is not among those that were read. */
export function suspect(group: Group, deployments: Deployment[]): Suspect | undefined {
  const { beganOn } = group;
  if (!beganOn) return undefined;
  const first = Date.parse(group.firstAt);
  const found = deployments
    .filter(
      (one) =>
        one.integration === group.integration &&
        one.environment === group.environment &&
        one.release.short === beganOn.short &&
        Date.parse(one.createdAt) <= first,
    )
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))[0];
  if (!found) return undefined;
  const afterUs = (first - Date.parse(found.createdAt)) * 1000;
  return { deployment: found.id, afterUs, isFirst: found.generation === 1 };
}

/** As the server decides it for the integration's own. */
const SOON_US = 10 * 60_000_000;

export type Other<D> = { deployment: D; afterUs: number };

/**
 * What else was deployed in the same environment shortly before a failure began, the nearest first and one of each integration:
 * what is called may have changed, not what calls.
 */
export function others<D extends Deployment>(group: Group, deployments: D[]): Other<D>[] {
  const first = Date.parse(group.firstAt);
  const found = new Map<string, Other<D>>();
  for (const deployment of deployments) {
    const { integration, environment, createdAt } = deployment;
    if (integration === group.integration || environment !== group.environment) continue;
    const afterUs = (first - Date.parse(createdAt)) * 1000;
    const nearer = found.get(integration);
    if (afterUs >= 0 && afterUs <= SOON_US && (!nearer || afterUs < nearer.afterUs))
      found.set(integration, { deployment, afterUs });
  }
  return [...found.values()].sort((a, b) => a.afterUs - b.afterUs);
}
