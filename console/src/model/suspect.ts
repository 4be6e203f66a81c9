// Which deployment a failure began with, and how soon after it.

type Deployment = {
  id: string;
  integration: string;
  environment: string;
  createdAt: string;
  release: { short: string };
};
type Group = {
  integration: string;
  environment: string;
  firstAt: string;
  beganOn?: { short: string } | null;
};

export type Suspect = { deployment: string; afterUs: number };

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
  return found ? { deployment: found.id, afterUs: (first - Date.parse(found.createdAt)) * 1000 } : undefined;
}
