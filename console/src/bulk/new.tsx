// A replay of what a search found, or of rows that were chosen: the address holds the query.

import { useMay } from '../api/hooks';
import { visible } from '../model/text';
import { Link } from '../parts/link';
import { Empty } from '../parts/loaded';
import { Panel } from '../parts/panel';
import { Screen } from '../parts/screen';
import { useParameters } from '../shell/scope';
import { BulkForm } from './form';

export function NewBulkReplay() {
  const may = useMay();
  const [parameters] = useParameters();
  const query = parameters.get('q') ?? '';
  const lead = query && (
    <>
      <Link to="/messages" parameters={{ q: query }}>
        What is replayed
      </Link>
      : <span className="mp-query">{visible(query)}</span>
    </>
  );
  return (
    <Screen title="Replay many messages" lead={lead} actions={<Link to="/replays">Bulk replays</Link>}>
      {!may('workload:operate') ? (
        <Empty title="You may not replay messages">Ask an owner or administrator of the organization for it.</Empty>
      ) : query === '' ? (
        <Empty title="Nothing is chosen" actions={<Link to="/messages">Messages</Link>}>
          Search for messages first, or choose rows of the list.
        </Empty>
      ) : (
        <Panel title="How it is done">
          <BulkForm query={query} />
        </Panel>
      )}
    </Screen>
  );
}
