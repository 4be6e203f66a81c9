// Pause, go on, cancel, and ask for what was left out. Cancelling is asked for twice, because nobody can take it back.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { type BulkReplayQuery, ChangeBulkReplayDocument } from '../api/generated';
import { useChange, useMay } from '../api/hooks';
import { type Action, actions } from '../model/bulk';
import { again, type Left, nameOf } from '../model/bulk-left';
import { midplane } from '../model/command';
import { plural } from '../model/plural';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Failed } from '../parts/failed';
import { takeFocus, useReturn } from '../parts/focus';
import { useAddress } from '../parts/link';

const NAMES: Record<Action, string> = { PAUSE: 'Pause', RESUME: 'Go on', CANCEL: 'Cancel the rest' };

type Props = { bulk: BulkReplayQuery['bulkReplay']; left: Left | undefined };

export function BulkActions({ bulk, left }: Props) {
  const may = useMay();
  const navigate = useNavigate();
  const address = useAddress();
  const [isAsked, ask] = useState(false);
  const back = useReturn(isAsked);
  const change = useChange(ChangeBulkReplayDocument, 'BulkReplay', 'BulkReplays');
  if (!may('workload:operate')) return null;
  const offered = actions(bulk.state);
  if (offered.length === 0 && !left) return null;
  const waiting = bulk.total - bulk.begun;
  const run = (action: Action) => change.mutate({ id: bulk.id, action }, { onSuccess: () => ask(false) });
  if (isAsked)
    return (
      <div ref={takeFocus} tabIndex={-1} className="mp-confirm" role="group" aria-label="Cancel the rest">
        <span>
          {plural(waiting, 'message')} {waiting === 1 ? 'is' : 'are'} not begun and never will be by this replay. What
          was begun comes to its end.
        </span>
        <div className="mp-search-bar">
          <Act size="sm" variant="danger" isBusy={change.isPending} onClick={() => run('CANCEL')}>
            Cancel the rest
          </Act>
          <Button size="sm" variant="link" onClick={() => ask(false)}>
            Do not
          </Button>
          <CopyCommand command={midplane('replays', 'cancel', bulk.id)} />
        </div>
        <Failed error={change.error} />
      </div>
    );
  return (
    <div>
      <div className="mp-search-bar">
        {left && (
          <Button
            size="sm"
            variant={left.isOnly ? 'primary' : 'secondary'}
            onClick={() => void navigate(address('/replays/new', again(bulk)))}
          >
            {nameOf(left)}
          </Button>
        )}
        {offered.map((action) => (
          <Act
            key={action}
            ref={action === 'CANCEL' ? back : null}
            size="sm"
            variant={action === 'RESUME' && !left?.isOnly ? 'primary' : 'secondary'}
            isBusy={change.isPending}
            spins={false}
            onClick={() => (action === 'CANCEL' ? ask(true) : run(action))}
          >
            {NAMES[action]}
          </Act>
        ))}
        {offered[0] && offered[0] !== 'CANCEL' && (
          <CopyCommand command={midplane('replays', offered[0].toLowerCase(), bulk.id)} />
        )}
      </div>
      <Failed error={change.error} />
    </div>
  );
}
