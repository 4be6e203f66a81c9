import type { FailureGroupFragment } from '../api/generated';
import { asideOf, isAside, isRepaired, putAside, saysRepaired } from '../model/failure';
import { plural } from '../model/plural';
import { Link } from '../parts/link';

/** Why none of a group is left to replay; undefined where only the messages themselves would tell. */
export function noneLeft(group: FailureGroupFragment) {
  if (isRepaired(group)) return <p className="mp-quiet">No message is left to replay. {saysRepaired(group)}.</p>;
  if (isAside(group))
    return (
      <p className="mp-quiet">
        The route itself dealt with {plural(putAside(group), 'message')} (a dead letter channel,{' '}
        <code>onException</code> or <code>doCatch</code>). Only people know whether that was meant so, which is why a
        bulk replay leaves them out. Replay one by one, edited where it has to be:{' '}
        <Link to="/messages" parameters={{ q: asideOf(group) }}>
          the newest of them
        </Link>
        .
      </p>
    );
  return undefined;
}
