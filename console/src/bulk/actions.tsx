// Pause, go on, cancel. Cancelling is asked for twice, because nobody can take it back.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { type BulkReplayFragment, ChangeBulkReplayDocument } from '../api/generated';
import { useChange, useMay } from '../api/hooks';
import { type Action, actions } from '../model/bulk';
import { midplane } from '../model/command';
import { count } from '../model/time';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Failed } from '../parts/failed';
import { takeFocus, useReturn } from '../parts/focus';

const NAMES: Record<Action, string> = { PAUSE: 'Pause', RESUME: 'Go on', CANCEL: 'Cancel the rest' };

export function BulkActions({ bulk }: { bulk: BulkReplayFragment }) {
  const may = useMay();
  const [isAsked, ask] = useState(false);
  const back = useReturn(isAsked);
  const change = useChange(ChangeBulkReplayDocument, 'BulkReplay', 'BulkReplays');
  const offered = may('workload:operate') ? actions(bulk.state) : [];
  if (offered.length === 0) return null;
  const run = (action: Action) => change.mutate({ id: bulk.id, action }, { onSuccess: () => ask(false) });
  if (isAsked)
    return (
      <div ref={takeFocus} tabIndex={-1} className="mp-confirm" role="group" aria-label="Cancel the rest">
        <span>
          {count(bulk.total - bulk.begun)} messages are not begun and never will be by this replay. What was begun comes
          to its end.
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
        {offered.map((action) => (
          <Act
            key={action}
            ref={action === 'CANCEL' ? back : null}
            size="sm"
            variant={action === 'RESUME' ? 'primary' : 'secondary'}
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
