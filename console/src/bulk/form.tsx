// Asks for a replay of many messages: how many first, how fast, when to stop; tried dry before, confirmed with what the
// originals have done already. The query is given; what it finds is listed by the server when it starts.

import './bulk.css';
import { Button, NumberInput, Switch, TextInput } from '@patternfly/react-core';
import { type ReactNode, useEffect, useState } from 'react';
import { FacetsDocument } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { candidates, commandOf, isHopeless, isOutdated, proposed, type Rules, saysOthers, wrong } from '../model/bulk';
import { readAsked, writeAsked } from '../model/bulk-address';
import { plural } from '../model/plural';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { useReturn } from '../parts/focus';
import { Loaded } from '../parts/loaded';
import { useParameters } from '../shell/scope';
import { Confirm } from './confirm';
import { Fates } from './fates';
import { useTrial } from './trial';

/** As often as a group of failures is read again. */
const REFRESH_MS = 10_000;

type FormProps = {
  query: string;
  /** Why nothing is left, where that is known better. */
  none?: ReactNode;
  /** What is counted of the group beside it: when that moves, so does what can be replayed. */
  group?: { count: number; open: number };
};

export function BulkForm({ query, none, group }: FormProps) {
  const facets = useApi(FacetsDocument, { query: candidates(query) }, { refreshMs: REFRESH_MS });
  const { refetch } = facets;
  const counted = group && `${group.open} of ${group.count}`;
  useEffect(() => {
    if (counted) void refetch();
  }, [counted, refetch]);
  return (
    <Loaded query={facets} what="the messages to replay" lines={2}>
      {({ messageFacets: { total, exact } }) =>
        total === 0 ? (
          (none ?? (
            <p className="mp-quiet">
              No message is left to replay: replays, and what one of them repaired or is at work on, are not replayed
              again.
            </p>
          ))
        ) : (
          <Asked query={query} total={total} isExact={exact} open={group?.open} />
        )
      }
    </Loaded>
  );
}

/** `open`: of the group, which counts those as well that a replay is at work on. */
type Props = { query: string; total: number; isExact: boolean; open: number | undefined };

function Asked({ query, total, isExact, open }: Props) {
  const may = useMay();
  const [parameters, change] = useParameters();
  // What was proposed first stays, however the total moves while somebody looks at it.
  const [{ rules, repeats }, setAsked] = useState(() => readAsked(parameters, proposed(total)));
  const [isAsked, ask] = useState(false);
  const back = useReturn(isAsked);
  const trial = useTrial(query);
  const complaint = wrong(rules);
  const put = (part: Partial<Rules>) => {
    const after = { ...rules, ...part };
    setAsked({ rules: after, repeats });
    if (!wrong(after)) change(writeAsked(after, repeats));
  };
  const few = Math.min(5, total);
  const many = `${isExact ? '' : 'at least '}${plural(total, 'message')}`;
  if (!may('workload:operate')) return <p className="mp-quiet">Your role may not replay messages.</p>;
  return (
    <section aria-label="Replay many messages">
      <p>
        {many} can be replayed: unedited, each at the start of its route, on the release that runs now, the oldest
        first. {isExact && open !== undefined && saysOthers(open - total)}
      </p>
      <div className="mp-rules">
        <div>
          <Switch
            id="has-canary"
            label="A few first (canary)"
            isChecked={rules.canary !== null}
            onChange={(_, on) => put({ canary: on ? few : null })}
          />
          {/* There in any case, so that nothing beside it jumps. */}
          <NumberInput
            value={rules.canary ?? few}
            min={1}
            isDisabled={rules.canary === null}
            inputAriaLabel="How many first"
            onMinus={() => put({ canary: Math.max(1, (rules.canary ?? 1) - 1) })}
            onPlus={() => put({ canary: (rules.canary ?? 0) + 1 })}
            onChange={(event) => put({ canary: Number((event.target as HTMLInputElement).value) })}
            widthChars={4}
          />
        </div>
        <label htmlFor="per-second">
          At most so many a second
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
        <Confirm
          query={query}
          rules={rules}
          total={total}
          many={many}
          repeatsAlready={repeats}
          close={() => ask(false)}
        />
      ) : (
        <div className="mp-search-bar">
          <Act
            size="sm"
            variant="secondary"
            isDisabled={Boolean(complaint)}
            isBusy={trial.isRunning}
            onClick={() => trial.run(rules.canary, rules.stopAfter)}
          >
            Dry run some of them
          </Act>
          <CopyCommand command={commandOf(query, rules, { isDry: true })} />
          <Button
            ref={back}
            size="sm"
            variant={!trial.isRunning && (isHopeless(trial.fates) || isOutdated(trial.fates)) ? 'secondary' : 'primary'}
            isDisabled={Boolean(complaint)}
            onClick={() => ask(true)}
          >
            Replay
          </Button>
          <CopyCommand command={commandOf(query, rules, { repeats })} />
        </div>
      )}
      <Fates trial={trial} ask={() => trial.run(rules.canary, rules.stopAfter, true)} />
    </section>
  );
}
