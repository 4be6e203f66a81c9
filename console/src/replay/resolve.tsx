import { FailureGroupsDocument } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { saysLeft } from '../model/delivery';
import { Link } from '../parts/link';

/** What a failure is known by among the groups. */
export type OfGroup = {
  fingerprint?: string | null;
  integration: string;
  environment: string;
  route: string;
  startedAt: string;
};

/** What is counted of a group follows a replay a moment later. */
const REFRESH_MS = 5_000;

/** The way on from a repair, while somebody has to deal with its group: to the others of its kind, or, after the last, to its end. */
export function ResolveFailure({ of }: { of: OfGroup }) {
  const may = useMay();
  const groups = useApi(
    FailureGroupsDocument,
    { since: of.startedAt, state: ['OPEN', 'RETURNED'] },
    { keep: false, enabled: Boolean(of.fingerprint), refreshMs: REFRESH_MS },
  );
  const group = groups.data?.failureGroups.find(
    (one) =>
      one.fingerprint === of.fingerprint &&
      one.integration === of.integration &&
      one.environment === of.environment &&
      one.route === of.route,
  );
  if (!group) return null;
  const mayManage = may('failure:manage');
  const left = saysLeft(group);
  const resolves = mayManage ? 'Resolve the failure' : 'Look at the failures of its kind';
  return (
    <p>
      {left && `${left}. `}
      <Link to={`/failures/${group.id}`}>
        {!left ? resolves : mayManage ? 'Replay or resolve them' : 'Look at them'}
      </Link>
    </p>
  );
}
