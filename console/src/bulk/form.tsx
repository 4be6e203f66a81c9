// Asks for a replay of many messages: how many first, how fast, when to stop; tried dry before, confirmed with what the
// originals have done already. The query is given; what it finds is listed by the server when it starts.

import './bulk.css';
import { Alert, Button, Checkbox, NumberInput, Switch, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { BulkPlanDocument, FacetsDocument, MessagesDocument, StartBulkReplayDocument } from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { candidates, commandOf, proposed, type Rules, wrong } from '../model/bulk';
import { count } from '../model/time';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Failed } from '../parts/failed';
import { takeFocus, useReturn } from '../parts/focus';
import { useAddress } from '../parts/link';
import { Loaded } from '../parts/loaded';
import { Effects } from './effects';
import { Fates } from './fates';
import { useTrial } from './trial';

export function BulkForm({ query }: { query: string }) {
  const facets = useApi(FacetsDocument, { query: candidates(query) });
  return (
    <Loaded query={facets} what="the messages to replay" lines={2}>
      {({ messageFacets: { total, exact } }) =>
        total === 0 ? (
          <p className="mp-quiet">
            No message is left to replay: replays, and what one of them repaired or is at work on, are not replayed
            again.
          </p>
        ) : (
          <Asked query={query} total={total} isExact={exact} />
        )
      }
    </Loaded>
  );
}

type Props = { query: string; total: number; isExact: boolean };

function Asked({ query, total, isExact }: Props) {
  const may = useMay();
  // What was proposed first stays, however the total moves while somebody looks at it.
  const [rules, setRules] = useState<Rules>(() => proposed(total));
  const [isAsked, ask] = useState(false);
  const back = useReturn(isAsked);
  const trial = useTrial(query);
  const complaint = wrong(rules);
  const put = (part: Partial<Rules>) => setRules({ ...rules, ...part });
  const many = `${isExact ? '' : 'at least '}${count(total)} ${total === 1 ? 'message' : 'messages'}`;
  if (!may('workload:operate')) return <p className="mp-quiet">Your role may not replay messages.</p>;
  return (
    <section aria-label="Replay many messages">
      <p>
        {many} can be replayed: unedited, each at the start of its route, on the release that runs now, the oldest
        first.
      </p>
      <div className="mp-rules">
        <div>
          <Switch
            id="has-canary"
            label="A few first"
            isChecked={rules.canary !== null}
            onChange={(_, on) => put({ canary: on ? Math.min(5, total) : null })}
          />
          {rules.canary !== null && (
            <NumberInput
              value={rules.canary}
              min={1}
              inputAriaLabel="How many first"
              onMinus={() => put({ canary: Math.max(1, (rules.canary ?? 1) - 1) })}
              onPlus={() => put({ canary: (rules.canary ?? 0) + 1 })}
              onChange={(event) => put({ canary: Number((event.target as HTMLInputElement).value) })}
              widthChars={4}
            />
          )}
        </div>
        <label htmlFor="per-second">
          At most a second
          <TextInput
            id="per-second"
            type="number"
            value={String(rules.perSecond)}
            onChange={(_, value) => put({ perSecond: Number(value) })}
          />
        </label>
        <label htmlFor="stop-after">
          Pause after so many failures
          <TextInput
            id="stop-after"
            type="number"
            value={String(rules.stopAfter)}
            onChange={(_, value) => put({ stopAfter: Number(value) })}
          />
        </label>
      </div>
      {complaint && <p className="mp-bad">It cannot be asked for like this: {complaint}.</p>}
      {isAsked ? (
        <Confirm query={query} rules={rules} many={many} close={() => ask(false)} />
      ) : (
        <div className="mp-search-bar">
          <Act
            size="sm"
            variant="secondary"
            isDisabled={Boolean(complaint)}
            isBusy={trial.isRunning}
            onClick={() => trial.run(rules.canary, rules.stopAfter)}
          >
            Try some of them dry
          </Act>
          <CopyCommand command={commandOf(query, rules, true)} />
          <Button ref={back} size="sm" isDisabled={Boolean(complaint)} onClick={() => ask(true)}>
            Replay
          </Button>
          <CopyCommand command={commandOf(query, rules)} />
        </div>
      )}
      <Fates trial={trial} />
    </section>
  );
}

type ConfirmProps = { query: string; rules: Rules; many: string; close: () => void };

/**
 * What was done already is told of the newest message. Others may have gone further, so whether to do it again is asked in any
 * case; without it they are left out and reported.
 */
function Confirm({ query, rules, many, close }: ConfirmProps) {
  const may = useMay();
  const navigate = useNavigate();
  const address = useAddress();
  const [repeats, setRepeats] = useState(false);
  const first = useApi(MessagesDocument, { query: candidates(query), first: 1, after: null }, { keep: false });
  const sample = first.data?.messages.nodes[0]?.id;
  const seesPlan = may('payload:read');
  const plan = useApi(
    BulkPlanDocument,
    { message: sample ?? '' },
    { enabled: seesPlan && Boolean(sample), keep: false },
  );
  const start = useChange(StartBulkReplayDocument, 'BulkReplays');
  const error = first.error ?? plan.error;
  const isKnown = !seesPlan || plan.isSuccess || Boolean(error) || first.data?.messages.nodes.length === 0;
  // Nothing is known to be done twice: all of them are begun.
  const isWhole = repeats || plan.data?.replayPlan.effects.length === 0;
  return (
    <div
      ref={takeFocus}
      tabIndex={-1}
      className="mp-confirm"
      role="group"
      aria-label="Confirm the replay"
      aria-busy={!isKnown}
    >
      <span>
        Replay <strong>{many}</strong>
        {rules.canary !== null && `, ${count(rules.canary)} of them first`}: each runs for real, and what it sends is
        sent.
      </span>
      {plan.data && sample && <Effects plan={plan.data.replayPlan} message={sample} />}
      {error && (
        <Alert
          isInline
          isPlain
          variant="warning"
          component="p"
          title={`What the originals have done already cannot be told: ${error.message}`}
        />
      )}
      {isKnown ? (
        <Checkbox
          id="repeats"
          label="Do again what they have done already"
          description="Without it, messages that have done something already are left out and reported."
          isChecked={repeats}
          onChange={(_, on) => setRepeats(on)}
        />
      ) : (
        <span className="mp-quiet">Reading what the originals have done already.</span>
      )}
      <div className="mp-search-bar">
        {isKnown && (
          <Act
            size="sm"
            isBusy={start.isPending}
            onClick={() =>
              start.mutate(
                { query, ...rules, repeatEffects: repeats },
                { onSuccess: (made) => void navigate(address(`/replays/${made.startBulkReplay.id}`)) },
              )
            }
          >
            {isWhole ? 'Replay them' : 'Replay what has done nothing yet'}
          </Act>
        )}
        <Button size="sm" variant="link" onClick={close}>
          Cancel
        </Button>
        <CopyCommand command={commandOf(query, rules)} />
      </div>
      <Failed error={start.error} />
    </div>
  );
}
