import { BulkReplaysDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { midplane } from '../model/command';
import { CopyCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { Screen } from '../parts/screen';
import { BulkRows } from './rows';

export function BulkReplays() {
  const found = useApi(BulkReplaysDocument, {}, { refreshMs: 3_000 });
  return (
    <Screen
      title="Bulk replays"
      lead="Many messages replayed at once, the newest first. The control plane does it: this page can be left."
      actions={<CopyCommand command={midplane('replays', 'list')} />}
    >
      <Loaded query={found} what="bulk replays">
        {({ bulkReplays }) =>
          bulkReplays.length === 0 ? (
            <Empty title="There was no bulk replay yet" actions={<Link to="/failures">Failures</Link>}>
              Open a failure to replay all its messages, or choose rows of Messages.
            </Empty>
          ) : (
            <BulkRows bulks={bulkReplays} />
          )
        }
      </Loaded>
    </Screen>
  );
}
