// Alerts that are open, as Home shows them, and those that are over. Each can be muted: it is shown then, and not sent.

import { Label } from '@patternfly/react-core';
import { type AlertFragment, type FailureGroupFragment, MuteAlertDocument } from '../api/generated';
import { useChange, useMay } from '../api/hooks';
import { groupOf, isMuted, nextOf, splitPath } from '../model/alert';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { Failed } from '../parts/failed';
import { Link } from '../parts/link';
import { useNow } from '../parts/now';
import { State } from '../parts/state';
import { Ago } from '../parts/time';

const DAY_S = 86_400;

type Props = {
  alerts: AlertFragment[];
  /** Of failures, as far as they are at hand: an alert leads to its group then. */
  groups?: FailureGroupFragment[];
};

export function AlertList({ alerts, groups = [] }: Props) {
  return (
    <ul className="mp-attention">
      {alerts.map((one) => (
        <Row key={one.id} alert={one} group={groupOf(one, groups)} />
      ))}
    </ul>
  );
}

function Row({ alert, group }: { alert: AlertFragment; group: FailureGroupFragment | undefined }) {
  const may = useMay();
  const now = useNow(10_000);
  const mute = useChange(MuteAlertDocument, 'Alerts');
  const muted = isMuted(alert, now);
  const { path, parameters } = group
    ? { path: `/failures/${encodeURIComponent(group.id)}`, parameters: {} }
    : splitPath(alert.path);
  const next = group && !alert.endedAt ? nextOf(group) : undefined;
  return (
    <li>
      <State state={alert.endedAt ? 'over' : 'open'} />
      <div className="mp-grow">
        <Link to={path} parameters={parameters}>
          {visible(alert.title)}
        </Link>{' '}
        {muted && <Label isCompact>muted</Label>}
        <div className="mp-why">{visible(alert.detail)}</div>
        {next && (
          <div className="mp-quiet">
            Next:{' '}
            <Link to={path} parameters={parameters}>
              {next}
            </Link>
          </div>
        )}
        <div className="mp-quiet">
          since <Ago at={alert.raisedAt} />
          {alert.endedAt && (
            <>
              , over <Ago at={alert.endedAt} />
            </>
          )}
        </div>
        <Failed error={mute.error} />
      </div>
      {may('alert:write') && !alert.endedAt && (
        <Act
          size="sm"
          variant="link"
          isBusy={mute.isPending}
          onClick={() => mute.mutate({ id: alert.id, seconds: muted ? 0 : DAY_S })}
        >
          {muted ? 'Send again' : 'Mute for a day'}
        </Act>
      )}
    </li>
  );
}
