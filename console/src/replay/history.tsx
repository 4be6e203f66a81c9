// The replays of a message, the newest first: who, when, with which body, and what became of it.

import type { DeliveryFragment } from '../api/generated';
import { ReplaysDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { isOver, sourceSaid } from '../model/delivery';
import { short } from '../model/id';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { State } from '../parts/state';
import { Ago } from '../parts/time';

/** While its runtime has not said what became of one. */
const LOOK_MS = 3_000;

/** The replays of a message as they were when it was opened, or when one of this page ended. */
export function useReplays(message: string) {
  return useApi(ReplaysDocument, { message }, { keep: false });
}

export function Replays({ id, mayReplay }: { id: string; mayReplay: boolean }) {
  const replays = useApi(ReplaysDocument, { message: id }, { keep: false, refreshMs: LOOK_MS });
  return (
    <Loaded query={replays} what="its replays">
      {({ replays: all }) =>
        all.length === 0 ? (
          <Empty title="It was not replayed">
            {mayReplay
              ? 'Replay puts it back into its route, edited or as it was; a dry run says before what it would do.'
              : 'Who may operate workloads and see what messages carried can put it back into its route.'}
          </Empty>
        ) : (
          <ul className="mp-rows">
            {all.map((one) => (
              <Row key={one.id} replay={one} />
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function Row({ replay }: { replay: DeliveryFragment }) {
  const place = replay.endpoint ?? replay.route;
  return (
    <li>
      <State state={replay.outcome ?? 'waiting'} />
      <span className="mp-grow">
        {replay.message ? (
          <Link to={`/messages/${replay.message}`}>Message {short(replay.message)}</Link>
        ) : (
          <span>{isOver(replay) ? 'No message was made' : 'Its runtime has not said yet'}</span>
        )}
        <div className="mp-quiet">
          {sourceSaid(replay.source)}, by {visible(replay.by)}
          {place && `, to ${visible(place)}`}
          {typeof replay.durationUs === 'number' && `; took ${duration(replay.durationUs)}`}
        </div>
        {replay.reason && (
          <div className="mp-why">
            {visible(replay.reason)} {replay.code && <span className="mp-code mp-nowrap">{replay.code}</span>}
          </div>
        )}
      </span>
      <Ago at={replay.askedAt} />
    </li>
  );
}
