// Confirms a replay of many messages, with what the originals have done already and what is to become of those that have.

import { Alert, Button, Radio } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { StartBulkReplayDocument } from '../api/generated';
import { useChange } from '../api/hooks';
import { commandOf, type Rules } from '../model/bulk';
import { isAllDone, saysDone } from '../model/bulk-done';
import { count } from '../model/time';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Failed } from '../parts/failed';
import { takeFocus } from '../parts/focus';
import { useAddress } from '../parts/link';
import { useDone } from './done';
import { Effects } from './effects';

type Props = {
  query: string;
  rules: Rules;
  total: number;
  many: string;
  /** It was said already that they do it again. */
  repeatsAlready: boolean;
  close: () => void;
};

/**
 * Only some of the originals are looked at, so what is to become of those that have done something is asked in any case. Where
 * all of them have, leaving them out would begin nothing: neither answer is given for anybody then.
 */
export function Confirm({ query, rules, total, many, repeatsAlready, close }: Props) {
  const navigate = useNavigate();
  const address = useAddress();
  const done = useDone(query);
  const [chosen, choose] = useState<boolean | undefined>(repeatsAlready ? true : undefined);
  const start = useChange(StartBulkReplayDocument, 'BulkReplays');
  const isAll = isAllDone(done.known);
  const repeats = chosen ?? (isAll ? undefined : false);
  const said = saysDone(done.known, total);
  const leavesOut = repeats === false && done.known.did > 0;
  return (
    <div
      ref={takeFocus}
      tabIndex={-1}
      className="mp-confirm"
      role="group"
      aria-label="Confirm the replay"
      aria-busy={!done.isRead}
    >
      <span>
        Replay <strong>{many}</strong>
        {rules.canary !== null && `, ${count(rules.canary)} of them first`}: each runs for real, and what it sends is
        sent.
      </span>
      {done.isRead && said && <strong>{said}.</strong>}
      {done.isRead && done.plan && <Effects plan={done.plan} />}
      {done.error && (
        <Alert
          isInline
          isPlain
          variant="warning"
          component="p"
          title={`What the originals have done already cannot be told: ${done.error.message}`}
        />
      )}
      {done.isRead ? (
        <div role="radiogroup" aria-label="What they have done already" className="mp-choices">
          <Radio
            id="repeats"
            name="effects"
            label="Do again what they have done already"
            description="All of them are begun. Right where what they did was undone, or does no harm a second time."
            isChecked={repeats === true}
            onChange={() => choose(true)}
          />
          <Radio
            id="leaves-out"
            name="effects"
            label="Leave out those that have done something"
            description={`Only those are begun that have done nothing yet; the others are reported, and count as failures.${
              isAll ? ' As far as is known, none would be begun.' : ''
            }`}
            isChecked={repeats === false}
            onChange={() => choose(false)}
          />
        </div>
      ) : (
        <span className="mp-quiet">Reading what the originals have done already.</span>
      )}
      <div className="mp-search-bar">
        {done.isRead && (
          <Act
            size="sm"
            variant={leavesOut && isAll ? 'secondary' : 'primary'}
            isDisabled={repeats === undefined}
            isBusy={start.isPending}
            onClick={() =>
              start.mutate(
                { query, ...rules, repeatEffects: repeats === true },
                { onSuccess: (made) => void navigate(address(`/replays/${made.startBulkReplay.id}`)) },
              )
            }
          >
            {leavesOut ? 'Replay what has done nothing yet' : 'Replay them'}
          </Act>
        )}
        <Button size="sm" variant="link" onClick={close}>
          Cancel
        </Button>
        <CopyCommand command={commandOf(query, rules, { repeats: repeats === true })} />
        {done.isRead && repeats === undefined && <span className="mp-quiet">Choose one of the two first.</span>}
      </div>
      <Failed error={start.error} />
    </div>
  );
}
