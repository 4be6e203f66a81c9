import type { FailureGroupFragment } from '../api/generated';
import { isHandled, isRepaired, saysRepaired } from '../model/failure';
import { Link } from '../parts/link';

/** Why none of a group is left to replay; undefined where only the messages themselves would tell. */
export function noneLeft(group: FailureGroupFragment) {
  if (isRepaired(group)) return <p className="mp-quiet">No message is left to replay. {saysRepaired(group)}.</p>;
  if (isHandled(group))
    return (
      <p className="mp-quiet">
        The route itself dealt with these messages (a dead letter channel, <code>onException</code> or{' '}
        <code>doCatch</code>), so a bulk replay leaves them out. One of them can be replayed from its own page:{' '}
        <Link to={`/messages/${group.last}`} parameters={{ do: 'replay' }}>
          the newest
        </Link>
        .
      </p>
    );
  return undefined;
}
