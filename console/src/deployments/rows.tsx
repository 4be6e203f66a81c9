import type { DeploymentFragment } from '../api/generated';
import { spoken } from '../model/state';
import { visible } from '../model/text';
import { Link } from '../parts/link';
import { Empty } from '../parts/loaded';
import { Release } from '../parts/release';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { useStandings } from './standing';

/** Deployments in short, as Home and an integration's page list them. */
export function DeploymentRows({ deployments }: { deployments: DeploymentFragment[] }) {
  const standings = useStandings(deployments);
  if (deployments.length === 0) {
    return (
      <Empty title="Nothing was deployed yet">
        A push to a Git source becomes a release, and the release a deployment.
      </Empty>
    );
  }
  return (
    <ul className="mp-rows">
      {deployments.map((one) => (
        <li key={one.id}>
          <State state={standings.get(one.id)?.state ?? one.phase} as={standings.get(one.id)?.tone} />
          <span className="mp-grow">
            <Link to="/deployments" parameters={{ id: one.id }}>
              {one.integration}
            </Link>{' '}
            <span className="mp-quiet">
              in {one.environment}, {spoken(one.cause).toLowerCase()}
            </span>
            <div>
              <Release release={one.release} />{' '}
              <span className="mp-quiet">written by {visible(one.release.author)}</span>
            </div>
            {one.reason && <div className="mp-why">{visible(one.reason)}</div>}
          </span>
          <Ago at={one.createdAt} />
        </li>
      ))}
    </ul>
  );
}
