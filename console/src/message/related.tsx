import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiError } from '../api/client';
import type { RelatedMessagesQuery } from '../api/generated';
import { essence } from '../model/fault';
import { type Numbers, numberOf } from '../model/numbers';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { State } from '../parts/state';
import { Ago } from '../parts/time';

const SAYS: Record<string, string> = {
  caller: 'called this one',
  called: 'was called by this one',
  replay: 'is a replay of it, or the other way round',
  together: 'shares its breadcrumb or trace',
};

type Props = { query: UseQueryResult<RelatedMessagesQuery, ApiError>; numbers: Numbers };

export function Related({ query, numbers }: Props) {
  return (
    <Loaded query={query} what="related messages">
      {({ relatedMessages: all }) =>
        all.length === 0 ? (
          <Empty title="No message belongs to it">
            Messages that it calls, or that share its trace, would be listed here.
          </Empty>
        ) : (
          <ul className="mp-rows">
            {all.map((one) => (
              <li key={one.message.id}>
                <State state={one.message.outcome} />
                <span className="mp-grow">
                  <Link to={`/messages/${one.message.id}`}>
                    {visible(one.message.integration)} / {visible(one.message.route)} {one.message.short}
                  </Link>
                  <div className="mp-quiet">
                    {SAYS[one.relation] ?? one.relation}
                    {one.step ? `, in step ${numberOf(numbers, one.step)}` : ''}; took{' '}
                    {duration(one.message.durationUs)}
                  </div>
                  {one.message.error && <div className="mp-why">{visible(essence(one.message.error))}</div>}
                </span>
                <Ago at={one.message.startedAt} />
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
