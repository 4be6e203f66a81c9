import { BulkReplaysDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { groupOf } from '../model/bulk';
import { BulkRows } from './rows';

/** Replays that were asked of a group of failures before. */
export function EarlierBulks({ fingerprint }: { fingerprint: string }) {
  const found = useApi(BulkReplaysDocument, {}, { refreshMs: 5_000 });
  const own = (found.data?.bulkReplays ?? []).filter((one) => groupOf(one.query) === fingerprint);
  if (own.length === 0) return null;
  return (
    <>
      <h3 className="mp-h">Replayed before</h3>
      <BulkRows bulks={own} />
    </>
  );
}
