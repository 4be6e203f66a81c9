import { FailureGroupsDocument } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { Link } from '../parts/link';

/** What a failure is known by among the groups. */
export type OfGroup = {
  fingerprint?: string | null;
  integration: string;
  environment: string;
  route: string;
  startedAt: string;
};

/** A repair is often the last of its kind: the way to the group, while somebody has to deal with it. */
export function ResolveFailure({ of }: { of: OfGroup }) {
  const may = useMay();
  const groups = useApi(
    FailureGroupsDocument,
    { since: of.startedAt, state: ['OPEN', 'RETURNED'] },
    { keep: false, enabled: Boolean(of.fingerprint) },
  );
  const group = groups.data?.failureGroups.find(
    (one) =>
      one.fingerprint === of.fingerprint &&
      one.integration === of.integration &&
      one.environment === of.environment &&
      one.route === of.route,
  );
  if (!group) return null;
  return (
    <p>
      <Link to={`/failures/${group.id}`}>
        {may('failure:manage') ? 'Resolve the failure' : 'Look at the failures of its kind'}
      </Link>
    </p>
  );
}
