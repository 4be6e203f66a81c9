import { type FailureGroupFragment, FailureTrendsDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { Loaded } from '../parts/loaded';
import { useNow } from '../parts/now';
import { Spark } from '../parts/spark';

const DAY_MS = 86_400_000;
const DAYS = 7;
/** A quarter of a day each. */
const PARTS = 28;

/** How often it happened, whatever the time range at the top says: one looks at a failure for longer than an hour. */
export function Trend({ group }: { group: FailureGroupFragment }) {
  const now = useNow(60_000);
  // On the minute, so that it is not read again with every look at the clock.
  const to = new Date(Math.ceil(now / 60_000) * 60_000);
  const from = new Date(to.getTime() - DAYS * DAY_MS);
  const trends = useApi(FailureTrendsDocument, { from: from.toISOString(), to: to.toISOString(), parts: PARTS });
  return (
    <Loaded query={trends} what="its trend" lines={2}>
      {({ failureTrends }) => {
        const own = failureTrends.find(
          (one) =>
            one.fingerprint === group.fingerprint &&
            one.environment === group.environment &&
            one.integration === group.integration &&
            one.route === group.route,
        );
        return own ? (
          <div className="mp-wide">
            <Spark counts={own.counts} what="Failures in each quarter of a day" isWide />
          </div>
        ) : (
          <p className="mp-quiet">It did not happen in this time.</p>
        );
      }}
    </Loaded>
  );
}
