// A replay as it is being decided. Left what goes in, right what has to be known before; below what was found.

import { Button, Checkbox } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { request } from '../api/client';
import { DryReplayDocument, type MessageFragment } from '../api/generated';
import { RecordMore } from '../message/record-more';
import { absence, isOfSettings } from '../model/carried';
import { toReplies, without } from '../model/choice';
import { type Content, contentType, isSame } from '../model/content';
import { replayCommand } from '../model/deliver-command';
import { repair, wentWrong } from '../model/delivery';
import { maskedName, remaining } from '../model/masks';
import { numbers as numbersOf } from '../model/numbers';
import {
  begin,
  type Effect,
  effects as effectsOf,
  endpointOf,
  type Form,
  hindrances,
  isEdited,
  type Plan,
  recorded,
  releases,
  stamp,
  step,
  toVariables,
} from '../model/replay';
import type { Step } from '../model/steps';
import { visible } from '../model/text';
import { BodyEditor } from './body';
import { ChosenList } from './choices';
import { useReplay } from './deliver';
import { HeadersEditor } from './headers';
import { useReplays } from './history';
import { Edited, Outcome } from './outcome';
import { Refused, RefusedBy } from './refused';
import { Ask, Keys, RunBar } from './run-bar';
import { TargetEditor, useRouteNames } from './target';
import { Found, useTried } from './tried';

type Props = {
  row: MessageFragment;
  plan: Plan;
  steps: Step[];
  /** What is edited: what was recorded, or whatever was kept of it. */
  from: Content;
  /** Why its body was not kept, if that is why it cannot go in as it was. */
  unavailable?: string | undefined;
  close: () => void;
};

export function ReplayForm({ row, plan, steps, from, unavailable, close }: Props) {
  const kept = useMemo(() => recorded(plan), [plan]);
  const numbers = useMemo(() => numbersOf(steps), [steps]);
  const [form, setForm] = useState<Form>(() => begin(from));
  const [asks, setAsks] = useState<'replay' | 'close'>();
  const [sent, setSent] = useState<Content>();
  /** The stamp of what went in last. */
  const [sentAs, setSentAs] = useState<string>();
  const routes = useRouteNames(row.integration, row.environment);
  /** A question is about what stood there when it was asked. */
  const put = (part: Partial<Form>) => {
    setAsks(undefined);
    setForm({ ...form, ...part });
  };
  const dry = useTried(async (of) => {
    const { route, content } = toVariables(of, kept);
    const replies = toReplies(of.chosen);
    return (await request(DryReplayDocument, { message: row.id, route, content, replies })).dryReplay;
  });
  const real = useReplay(row.id);
  const fills = plan.masked ?? false;
  const hindered = hindrances(form, kept, from, fills);
  const isReady = hindered.length === 0 && !dry.isBusy && !real.isPending;
  const next = step(form, dry.whole);
  const isTouched = !isSame(form.content, from);
  const masks = isEdited(form, kept) ? remaining(form.content) : [];
  const where = { integration: row.integration, route: form.target.at === 'route' ? form.target.route : row.route };
  const command = (isDry: boolean) => replayCommand(row.id, form, kept, { dry: isDry, numbers });

  const tryIt = (of: Form) => {
    setAsks(undefined);
    setForm(of);
    real.reset();
    dry.run(of);
  };
  const replay = () => {
    const variables = { ...toVariables(form, kept), endpoint: endpointOf(form) };
    dry.reset();
    setSentAs(stamp(form));
    setSent(isEdited(form, kept) ? form.content : undefined);
    real.mutate(
      { ...variables, repeatEffects: true, wantsReply: form.wantsReply },
      { onSuccess: () => setAsks(undefined) },
    );
  };
  /** Ctrl-Enter only ever tries; what is done for real is confirmed by its own button. */
  const run = () => {
    if (isReady && !asks && form.target.at !== 'endpoint') tryIt(form);
  };
  const leave = () => {
    if (asks) setAsks(undefined);
    else if (isTouched) setAsks('close');
    else close();
  };
  const done = real.data;
  const replays = useReplays(row.id).data?.replays ?? [];
  const now = replays.find((one) => one.id === done?.id) ?? done;
  /** What stands there is done: nobody is led to do it twice. */
  const isDone = now !== undefined && repair([now]) !== undefined && sentAs === stamp(form);
  const name = repair(replays) || isDone ? 'Replay again' : 'Replay';

  return (
    <Keys run={run} leave={leave} scrolls>
      {plan.refusal && (
        <Refused
          text={`It cannot go in as it was recorded: ${plan.refusal}`}
          code={plan.refusalCode}
          where={where}
          variant="info"
        >
          {unavailable && (
            <p>
              There is no body: {visible(absence(unavailable))}.
              {isOfSettings(unavailable) && (
                <>
                  {' For messages to come, '}
                  <RecordMore>let bodies be recorded</RecordMore>.
                </>
              )}
            </p>
          )}
        </Refused>
      )}
      <div className="mp-replay-form">
        <div>
          <BodyEditor
            body={form.content.body}
            contentType={contentType(form.content)}
            from={from.body}
            fromName={kept ? 'As it was recorded' : 'As it was kept'}
            change={(body) => put({ content: { ...form.content, body } })}
            run={run}
          />
          <HeadersEditor
            headers={form.content.headers}
            change={(headers) => put({ content: { ...form.content, headers } })}
          />
        </div>
        <div className="mp-stack">
          <p>{releases(plan)}</p>
          <TargetEditor target={form.target} routes={routes} own={row.route} change={(target) => put({ target })} />
          <LeftOut
            leftOut={plan.leftOut}
            headers={form.content.headers}
            add={(name) =>
              put({
                content: { ...form.content, headers: [...form.content.headers, { name, kind: 'text', value: '' }] },
              })
            }
          />
          {(plan.warnings ?? []).map((one) => (
            <p key={one} className="mp-why">
              Know first: {visible(one)}.
            </p>
          ))}
          {fills && (
            <p className="mp-why">
              A part of it was masked on the runtime before it was sent here. Masks that you leave alone become their
              values again on the runtime, from the original that it keeps; nobody sees them here.
            </p>
          )}
          {masks.length > 0 && !fills && (
            <div>
              <p className="mp-why">
                What a rule names was masked on the runtime before it was sent here; nobody can read it in the console.
                The masks are marked in the body: write the values over them.
              </p>
              <Checkbox
                id="sends-masks"
                label="Send the masks as they are"
                isChecked={form.sendsMasks}
                onChange={(_, sendsMasks) => put({ sendsMasks })}
              />
            </div>
          )}
          <Checkbox
            id="wants-reply"
            label="Show what the route answers"
            description="Asks for an answer also where the consumer of the route would not."
            isChecked={form.wantsReply}
            onChange={(_, wantsReply) => put({ wantsReply })}
          />
          <ChosenList
            chosen={form.chosen}
            numbers={numbers}
            drop={(one) => put({ chosen: without(form.chosen, one.place) })}
          />
          {form.target.at !== 'endpoint' && (
            <p className="mp-quiet">
              A dry run runs a copy of the route where nothing can leave the machine; every call is answered as it was
              recorded.
            </p>
          )}
          <RunBar
            dry={
              form.target.at === 'endpoint'
                ? undefined
                : { name: 'Dry run', command: command(true), isBusy: dry.isBusy, run: () => tryIt(form) }
            }
            real={{ name, command: command(false), isBusy: real.isPending, run: () => setAsks('replay') }}
            next={isDone ? undefined : next}
            hindrances={hindered}
            isAsking={asks === 'replay'}
          />
          {asks === 'replay' && (
            <Ask
              label={`Replay ${row.short} for real`}
              action={plan.effects.length > 0 ? 'Repeat them and replay' : 'Replay for real'}
              command={command(false)}
              isBusy={real.isPending}
              confirm={replay}
              cancel={() => setAsks(undefined)}
            >
              <Consequence
                form={form}
                where={`${row.integration} in ${row.environment}`}
                route={row.route}
                effects={effectsOf(plan, numbers)}
              />
              {isEdited(form, kept) && <Edited from={from} to={form.content} />}
            </Ask>
          )}
          {asks === 'close' && (
            <Ask
              label="Close without replaying"
              action="Close and forget"
              isBusy={false}
              confirm={close}
              cancel={() => setAsks(undefined)}
            >
              <span>What you changed is not kept anywhere.</span>
            </Ask>
          )}
          <RefusedBy error={real.error ?? dry.error} where={where} />
        </div>
      </div>
      {done && (
        <Outcome
          key={done.id}
          asked={done}
          edited={sent && { from, to: sent }}
          repairs={wentWrong(row.outcome) ? row : undefined}
        />
      )}
      {!done && <Found tried={dry} form={form} numbers={numbers} steps={steps} again={tryIt} />}
    </Keys>
  );
}

type ConsequenceProps = { form: Form; where: string; route: string; effects: Effect[] };

/** What a replay will do, and what is done twice by it. */
function Consequence({ form: { target }, where, route, effects }: ConsequenceProps) {
  const to =
    target.at === 'endpoint' ? target.endpoint : `the start of ${target.at === 'route' ? target.route : route}`;
  return (
    <>
      <span>
        It goes to <strong>{visible(to)}</strong> of {where}, for real and once.
      </span>
      {effects.length > 0 && (
        <div>
          The original has done this already; a replay may do it again:
          <ul className="mp-effects">
            {effects.map((one) => (
              <li key={one.step}>
                step {one.number} <strong>{visible(one.what)}</strong> <span className="mp-quiet">{one.at}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

type LeftOutProps = { leftOut: string[]; headers: { name: string }[]; add: (name: string) => void };

/** Headers that cannot be given back. A masked one can be given a value again; nobody gives an object. */
function LeftOut({ leftOut, headers, add }: LeftOutProps) {
  if (leftOut.length === 0) return null;
  const masked = leftOut.flatMap((one) => maskedName(one) ?? []);
  const others = leftOut.filter((one) => maskedName(one) === undefined);
  return (
    <div>
      {masked.length > 0 && (
        <>
          <h3 className="mp-h">Headers that were masked do not go in</h3>
          <ul className="mp-plain-list">
            {masked.map((name) => (
              <li key={name}>
                {visible(name)}{' '}
                {headers.some((header) => header.name === name) ? (
                  <span className="mp-quiet">has your value</span>
                ) : (
                  <Button
                    variant="link"
                    isInline
                    size="sm"
                    onClick={() => add(name)}
                    aria-label={`Give it a value: ${name}`}
                  >
                    Give it a value
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {others.length > 0 && (
        <p className="mp-quiet mp-break">
          Headers that do not go in, because only their names could be recorded: {visible(others.join(', '))}
        </p>
      )}
    </div>
  );
}
