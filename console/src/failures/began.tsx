import type { DeploymentFragment, FailureGroupFragment } from '../api/generated';
import { suspect } from '../model/suspect';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Link } from '../parts/link';
import { Release } from '../parts/release';

type Props = { group: FailureGroupFragment; deployments: DeploymentFragment[] };

/** `9 s after 9ab1 new price rule, ana`: the change that a failure began with. A first deployment changed nothing. */
export function Began({ group, deployments }: Props) {
  if (!group.beganOn) return <span className="mp-quiet">no deployment near it</span>;
  const began = suspect(group, deployments);
  if (began?.isFirst)
    return (
      <>
        {duration(began.afterUs)} after{' '}
        <Link to="/deployments" parameters={{ id: began.deployment }}>
          its first deployment
        </Link>
      </>
    );
  return (
    <>
      {began ? `${duration(began.afterUs)} after ` : 'Soon after '}
      <Release release={group.beganOn} />
      <div className="mp-quiet">
        {visible(group.beganOn.author)}
        {began && (
          <>
            ,{' '}
            <Link to="/deployments" parameters={{ id: began.deployment, part: 'changes' }}>
              what it changed
            </Link>
          </>
        )}
      </div>
    </>
  );
}
