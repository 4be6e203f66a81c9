// After a replay of a whole group of failures: nothing of it is left, and one press says that it is over.

import { useRef } from 'react';
import { FailureGroupsDocument } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { useChanging } from '../failures/change';
import { Said } from '../failures/said';
import { REACH_MS } from '../model/alert';
import { groupAmong, groupOf } from '../model/bulk';
import { isRepaired, saysRepaired } from '../model/failure';
import { Act } from '../parts/act';
import { useKeptFocus } from '../parts/focus';
import { Link } from '../parts/link';

/** What came to its end is seen in the group a moment later. */
const REFRESH_MS = 5_000;

type Props = { query: string; askedAt: string };

export function Over({ query, askedAt }: Props) {
  const may = useMay();
  const changing = useChanging();
  const place = useRef<HTMLDivElement>(null);
  useKeptFocus(place);
  const since = new Date(Date.parse(askedAt) - REACH_MS).toISOString();
  const found = useApi(
    FailureGroupsDocument,
    { since, state: null },
    { enabled: groupOf(query) !== undefined, refreshMs: REFRESH_MS },
  );
  const group = groupAmong(query, found.data?.failureGroups ?? []);
  const page = group && <Link to={`/failures/${encodeURIComponent(group.id)}`}>The failure that it was asked of</Link>;
  return (
    <div className="mp-after" ref={place} tabIndex={-1}>
      {group && isRepaired(group) ? (
        <div className="mp-search-bar">
          <span>{saysRepaired(group)}.</span>
          {may('failure:manage') && (
            <Act size="sm" isBusy={changing.isBusy} onClick={() => changing.make(group, { do: 'resolve' })}>
              Resolve the failure
            </Act>
          )}
          {page}
        </div>
      ) : (
        page
      )}
      <Said changing={changing} />
    </div>
  );
}
