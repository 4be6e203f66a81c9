// Commits that could not become releases. They are deployed nowhere, so a history of deployments does not have them by itself.

type Dated = { createdAt: string };
type Release = Dated & { id: string; state: string };

export type Entry<Deployment, Commit> =
  | { is: 'deployment'; deployment: Deployment }
  | { is: 'refused'; release: Commit };

const newestFirst = (a: Dated, b: Dated) => Date.parse(b.createdAt) - Date.parse(a.createdAt);

/**
 * Deployments and refused commits as one list, the newest first. While older deployments are not read yet (`hasOlder`), what was
 * refused before the oldest known waits for them.
 */
export function history<Deployment extends Dated, Commit extends Release>(
  deployments: Deployment[],
  releases: Commit[],
  hasOlder: boolean,
): Entry<Deployment, Commit>[] {
  const oldest = hasOlder ? Math.min(...deployments.map((one) => Date.parse(one.createdAt))) : Number.NEGATIVE_INFINITY;
  const refused = releases.filter((one) => one.state === 'refused' && Date.parse(one.createdAt) >= oldest);
  const dated = (one: Entry<Deployment, Commit>): Dated => (one.is === 'refused' ? one.release : one.deployment);
  return [
    ...deployments.map((deployment): Entry<Deployment, Commit> => ({ is: 'deployment', deployment })),
    ...refused.map((release): Entry<Deployment, Commit> => ({ is: 'refused', release })),
  ].sort((a, b) => newestFirst(dated(a), dated(b)));
}

type Newest = { state: string };

/** The newest commit, of a workload that goes on with what ran before because that one was refused. */
export function refusal<One extends Newest>(
  workload: { state: string },
  newest: One | null | undefined,
): One | undefined {
  return workload.state === 'running' && newest?.state === 'refused' ? newest : undefined;
}
