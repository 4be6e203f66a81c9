// What a roll back or a resume would deploy, before it does: which release, and what it changes against the one that runs.

import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { DeploymentsDocument, type ReleaseFragment, type WorkloadFragment } from '../api/generated';
import { useApi } from '../api/hooks';
import { Changes } from '../deployments/changes';
import { backTo, earlier, isAlike } from '../model/staged';
import { visible } from '../model/text';
import { ago } from '../model/time';
import { Loaded } from '../parts/loaded';
import { useNow } from '../parts/now';

/** Further back is a matter of the command line and a commit's id. */
const MOST = 50;

/** The releases that a workload can go back to, once they were read, and the one of them that it would be. */
export function useEarlier(workload: WorkloadFragment, id: string, asked: string | undefined, enabled: boolean) {
  const { integration, environment, release } = workload;
  const query = useApi(DeploymentsDocument, { integration: id, environment, first: MOST }, { enabled });
  const all = query.data && earlier(query.data.deployments.nodes, integration, environment, release?.id);
  const chosen = all && backTo(all, release, asked);
  return { query, all, chosen, isElsewhere: asked !== undefined && chosen?.commit !== asked };
}

type BackProps = {
  release: ReleaseFragment | null | undefined;
  releases: ReturnType<typeof useEarlier>;
  pick: (commit: string) => void;
};

export function Back({ release, releases, pick }: BackProps) {
  const now = useNow(60_000);
  return (
    <Loaded query={releases.query} what="earlier releases" lines={2}>
      {() => {
        const { all = [], chosen, isElsewhere } = releases;
        if (!chosen)
          return <p className="mp-bad">No other release ran before this one: there is nothing to go back to.</p>;
        return (
          <>
            <FormSelect
              value={chosen.commit}
              onChange={(_, commit) => pick(commit)}
              aria-label="The release to go back to"
              className="mp-narrow"
            >
              {all.map((one) => (
                <FormSelectOption
                  key={one.id}
                  value={one.commit}
                  label={visible(`${one.short} ${one.subject} (${one.author}), deployed ${ago(one.deployedAt, now)}`)}
                />
              ))}
            </FormSelect>
            {isElsewhere && (
              <p className="mp-quiet">
                The release that was asked for is not among the last {MOST} deployments: choose another one.
              </p>
            )}
            {release && isAlike(release, chosen) ? (
              <p>Both have the same files: nothing would change.</p>
            ) : (
              release && <Changes from={release} to={chosen} />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

type ForwardProps = { release: ReleaseFragment | null | undefined; newest: ReleaseFragment | null | undefined };

export function Forward({ release, newest }: ForwardProps) {
  if (!release || !newest) return null;
  if (newest.state === 'refused')
    return <p className="mp-quiet">The newest commit was refused; the newest release that could run is deployed.</p>;
  return <Changes from={release} to={newest} />;
}
