// What the newest of the originals have done already. Each is asked for by itself: the API tells it of one message.

import { useQueries } from '@tanstack/react-query';
import { asApiError, request } from '../api/client';
import { BulkPlanDocument, MessagesDocument } from '../api/generated';
import { nameOf, useApi, useMay } from '../api/hooks';
import { candidates } from '../model/bulk';
import type { Known } from '../model/bulk-done';

/** Each look at a message is in the audit; what so many show, the others show as well. */
const MOST = 10;

export function useDone(query: string) {
  const may = useMay();
  const seesPlan = may('payload:read');
  const found = useApi(
    MessagesDocument,
    { query: candidates(query), first: MOST, after: null },
    { enabled: seesPlan, keep: false },
  );
  const ids = found.data?.messages.nodes.map((one) => one.id) ?? [];
  const plans = useQueries({
    queries: ids.map((message) => ({
      queryKey: [nameOf(BulkPlanDocument), { message }],
      queryFn: ({ signal }: { signal: AbortSignal }) => request(BulkPlanDocument, { message }, signal),
    })),
  });
  const read = plans.flatMap((one) => (one.data ? [one.data.replayPlan] : []));
  const known: Known = { looked: read.length, did: read.filter((one) => one.effects.length > 0).length };
  const err = found.error ?? plans[0]?.error;
  return {
    /** Everything was read that can be. */
    isRead: !seesPlan || Boolean(found.error) || (found.isSuccess && plans.every((one) => !one.isPending)),
    known,
    /** Of one that has done something, else of the newest. */
    plan: read.find((one) => one.effects.length > 0) ?? read[0],
    error: err ? asApiError(err) : undefined,
  };
}
