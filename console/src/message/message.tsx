// One message: what went wrong first, the way it took on the diagram, its steps in time, what it carried, what was logged.

import './message.css';

import { Button, Label, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useParams } from 'react-router';
import {
  type DeliveryFragment,
  MessageDocument,
  MessagePayloadsDocument,
  type MessageQuery,
  MessageRoutesDocument,
  RelatedMessagesDocument,
} from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { Diagram } from '../diagram/diagram';
import { changing, tellsChanges } from '../model/carried';
import { midplane } from '../model/command';
import { repair, wentWrong } from '../model/delivery';
import { path } from '../model/diagram/path';
import type { Shape } from '../model/diagram/tree';
import { essence } from '../model/fault';
import { short } from '../model/id';
import { numbers as numbersOf } from '../model/numbers';
import type { Step } from '../model/steps';
import { visible } from '../model/text';
import { count, duration } from '../model/time';
import { isSlower } from '../model/usual';
import { CopyCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Loaded } from '../parts/loaded';
import { Release } from '../parts/release';
import { Screen } from '../parts/screen';
import { State } from '../parts/state';
import { Ago, At } from '../parts/time';
import { Replays, useReplays } from '../replay/history';
import { useParameters } from '../shell/scope';
import { Compared, ComparedWithOriginal } from './compared';
import { Fault } from './fault';
import { useInView } from './in-view';
import { MessageLog } from './log';
import { Payloads } from './payloads';
import { Related } from './related';
import { sawFailure } from './seen';
import { type Filter, filterOf, type Sought, StepTable } from './step-table';
import { useAllSteps } from './steps';
import { useUsual } from './usual';

const Replay = lazy(async () => ({ default: (await import('../replay/replay')).Replay }));

type Detail = MessageQuery['message'];

/** The button has the focus again when what it opened is closed. */
const OPENS_REPLAY = 'opens-replay';

export function Message() {
  const { id = '' } = useParams();
  const message = useApi(MessageDocument, { id }, { keep: false, isNew: true });
  return (
    <Loaded query={message} what="the message" lines={8}>
      {(found) => <Shown key={found.message.message.id} detail={found.message} />}
    </Loaded>
  );
}

function Shown({ detail }: { detail: Detail }) {
  const may = useMay();
  const row = detail.message;
  const [parameters, change] = useParameters();
  const routes = useApi(MessageRoutesDocument, { id: row.id });
  const related = useApi(RelatedMessagesDocument, { id: row.id });
  const replays = useReplays(row.id).data?.replays ?? [];
  const repaired = wentWrong(row.outcome) ? repair(replays) : undefined;
  const { steps, more } = useAllSteps(row.id, detail.steps, detail.stepsTotal);
  const chosen = Number(parameters.get('step')) || detail.failedStep || steps[0]?.sequence || 0;
  const pick = (sequence: number) => change({ step: String(sequence) });
  const [sought, setSought] = useState<Sought>();
  const seek = (step: number) => {
    setSought({ step });
    change({ step: String(step), steps: null, find: null });
  };
  useEffect(() => {
    if (row.outcome === 'failed') sawFailure();
  }, [row.outcome]);
  useArrowKeys(steps, chosen, pick);

  const shapes: Shape[] = useMemo(
    () =>
      (routes.data?.messageRoutes ?? []).map((one) => ({
        ...one,
        integration: row.integration,
        environment: row.environment,
      })),
    [routes.data, row.integration, row.environment],
  );
  const way = useMemo(() => path(steps, shapes, row.route), [steps, shapes, row.route]);
  const drawn = useMemo(() => {
    const passed = new Set([...way.boxes.values()].map((box) => box.slice(0, box.lastIndexOf('/'))));
    return shapes.filter((shape) => shape.nodes.length > 0 && (shape.name === row.route || passed.has(shape.name)));
  }, [shapes, way, row.route]);
  const numbers = useMemo(() => numbersOf(way.steps), [way.steps]);
  const stepOf = (box: string) => [...way.boxes].find(([, at]) => at === box)?.[0];
  const called = useMemo(
    () =>
      new Map(
        (related.data?.relatedMessages ?? []).flatMap((one) =>
          one.relation === 'called' && one.step ? [[one.step, one.message]] : [],
        ),
      ),
    [related.data],
  );
  const mayReplay = may('workload:operate') && may('payload:read');
  const isReplaying = mayReplay && parameters.get('do') === 'replay';
  const setReplaying = (is: boolean) => {
    change({ do: is ? 'replay' : null });
    if (!is) document.getElementById(OPENS_REPLAY)?.focus();
  };
  const seesPayloads = may('payload:read');
  const wantedTab = parameters.get('tab') ?? (seesPayloads ? 'carried' : 'related');
  // An address may come from somebody who sees more.
  const tab =
    (wantedTab === 'carried' && !seesPayloads) || (wantedTab === 'original' && !row.replayOf) ? 'related' : wantedTab;
  const other = parameters.get('with');
  const tabs = useRef<HTMLDivElement>(null);
  useInView(tabs, other !== null, routes.isFetched);
  const wantedFilter = filterOf(parameters.get('steps'));
  const filter = wantedFilter === 'changed' && !seesPayloads ? 'all' : wantedFilter;
  const payloads = useApi(
    MessagePayloadsDocument,
    { id: row.id },
    // Each look is in the audit: nothing is read that nobody asked to see.
    { keep: false, enabled: seesPayloads && (tab === 'carried' || filter === 'changed') },
  );
  const routesPassed = useMemo(() => [...new Set(detail.steps.map((step) => step.route))], [detail.steps]);
  const { usual, isRead } = useUsual(row, routesPassed, filter === 'slow');
  const passes = useMemo(() => {
    const kept = payloads.data?.messagePayloads;
    const changed = kept && tellsChanges(kept) ? changing(kept) : undefined;
    return (wanted: Filter): ((step: Step) => boolean) | string => {
      if (wanted === 'failed') return (step) => step.failed;
      if (wanted === 'slow') {
        return isRead
          ? (step) => isSlower({ ...step, route: step.route ?? row.route }, usual)
          : 'Reading what is usual.';
      }
      if (wanted === 'changed') {
        if (!kept) return 'Reading what it carried.';
        if (!changed) return 'Bodies were kept where it began and where it failed, not before each step.';
        return (step) => changed.has(step.sequence);
      }
      return () => true;
    };
  }, [payloads.data, usual, isRead, row.route]);

  return (
    <Screen
      title={`${row.integration}/${row.route} ${row.short}`}
      name={
        <>
          {visible(row.integration)} / {visible(row.route)} <State state={row.outcome} />{' '}
          {repaired && <Repaired by={repaired} />}
        </>
      }
      lead={<Facts detail={detail} />}
      actions={
        <>
          {mayReplay && (
            <Button
              id={OPENS_REPLAY}
              variant={isReplaying || repaired || row.outcome === 'completed' ? 'secondary' : 'primary'}
              aria-expanded={isReplaying}
              onClick={() => setReplaying(!isReplaying)}
            >
              {repaired ? 'Replay again' : 'Replay'}
            </Button>
          )}
          <CopyCommand command={commandOf(row, tab, other)} />
        </>
      }
    >
      <Fault
        detail={detail}
        isRepaired={repaired !== undefined}
        steps={way.steps}
        numbers={numbers}
        shapes={shapes}
        seek={seek}
      />
      {isReplaying && (
        <Suspense fallback={<p className="mp-quiet">Loading</p>}>
          <Replay row={row} steps={steps} close={() => setReplaying(false)} />
        </Suspense>
      )}
      <div className="mp-message">
        <div>
          {drawn.length > 0 && (
            <Diagram
              shapes={drawn}
              visits={way.visits}
              entries={way.entries}
              current={way.boxes.get(chosen)}
              pick={(box) => {
                const sequence = stepOf(box);
                if (sequence) pick(sequence);
              }}
            />
          )}
          <StepTable
            steps={way.steps}
            total={detail.stepsTotal}
            wholeUs={row.durationUs}
            failedStep={detail.failedStep ?? undefined}
            error={essence(row.error ?? '')}
            chosen={chosen}
            pick={pick}
            sought={sought}
            called={called}
            more={more}
            seesPayloads={seesPayloads}
            filter={filter}
            passes={passes}
          />
        </div>
        <div ref={tabs} className="mp-about">
          <Tabs
            activeKey={tab}
            onSelect={(_, key) => change({ tab: String(key) })}
            aria-label="About the message"
            className="mp-tabs-near"
          >
            {seesPayloads && (
              <Tab eventKey="carried" tabContentId="part" title={<TabTitleText>Headers and body</TabTitleText>} />
            )}
            {may('log:read') && <Tab eventKey="log" tabContentId="part" title={<TabTitleText>Log</TabTitleText>} />}
            <Tab eventKey="related" tabContentId="part" title={<TabTitleText>Related</TabTitleText>} />
            <Tab
              eventKey="compared"
              tabContentId="part"
              title={<TabTitleText>{other ? 'Compared' : 'Last success'}</TabTitleText>}
            />
            {row.replayOf ? (
              <Tab eventKey="original" tabContentId="part" title={<TabTitleText>Original</TabTitleText>} />
            ) : null}
            <Tab
              eventKey="replays"
              tabContentId="part"
              title={<TabTitleText>{replays.length > 0 ? `Replays ${count(replays.length)}` : 'Replays'}</TabTitleText>}
            />
          </Tabs>
          <section id="part" className="mp-tab" aria-label="Part">
            {tab === 'carried' && (
              <Payloads query={payloads} step={chosen} steps={way.steps} numbers={numbers} seek={seek} />
            )}
            {tab === 'log' && <MessageLog of={row} />}
            {tab === 'related' && <Related query={related} numbers={numbers} />}
            {tab === 'compared' && <Compared id={row.id} other={other} />}
            {tab === 'original' && row.replayOf && <ComparedWithOriginal id={row.id} original={row.replayOf} />}
            {tab === 'replays' && <Replays id={row.id} mayReplay={mayReplay} />}
          </section>
        </div>
      </div>
    </Screen>
  );
}

/** What the chosen tab shows, for a terminal. */
function commandOf(row: Detail['message'], tab: string, other: string | null): string {
  const { id, replayOf } = row;
  if (tab === 'compared') return midplane('message', 'diff', id, other);
  if (tab === 'original' && replayOf) return midplane('message', 'diff', replayOf, id);
  return midplane('message', id, tab === 'carried' && '--payload', tab === 'log' && '--log');
}

/** The replay that repaired it: what it became is the message's state as much as how it failed. */
function Repaired({ by }: { by: DeliveryFragment }) {
  const { message } = by;
  const when = <Ago at={by.endedAt ?? by.askedAt} />;
  return (
    <Label isCompact color="green" icon={<CheckIcon />} className="mp-repaired">
      {message ? <Link to={`/messages/${message}`}>Repaired by {short(message)}</Link> : 'Repaired'}, {when}
    </Label>
  );
}

function Facts({ detail }: { detail: Detail }) {
  const row = detail.message;
  return (
    <>
      <At at={row.startedAt} ms /> (<Ago at={row.startedAt} />
      ), took {duration(row.durationUs)}, in {row.environment} on{' '}
      <Link to={`/runtimes/${encodeURIComponent(row.runtime)}`}>{row.runtime}</Link>
      {detail.commit && (
        <>
          , release <Release release={detail.commit} /> by {visible(detail.commit.author)}
        </>
      )}
      {row.replayOf && (
        <>
          , a replay of <Link to={`/messages/${row.replayOf}`}>{short(row.replayOf)}</Link>
        </>
      )}
      <span className="mp-attributes">
        <Label isCompact variant="outline">
          {row.id}
        </Label>
        {row.attributes.map((one) => (
          <Label key={one.name} isCompact variant="outline">
            {visible(one.name)} {visible(one.value)}
          </Label>
        ))}
        {row.flags.map((flag) => (
          <Label key={flag} isCompact color="yellow">
            {flag}
          </Label>
        ))}
      </span>
    </>
  );
}

/** Left and right walk the steps, wherever the focus is, unless something is being typed or a tab list has it. */
function useArrowKeys(steps: { sequence: number }[], chosen: number, pick: (sequence: number) => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const on = event.target as HTMLElement | null;
      if (on?.closest('input, textarea, select, .mp-replay, [role=tablist], [role=menu], .react-flow__node, pre'))
        return;
      const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (by === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      const at = steps.findIndex((step) => step.sequence === chosen);
      const next = steps[Math.max(0, Math.min(steps.length - 1, at + by))];
      if (!next) return;
      event.preventDefault();
      pick(next.sequence);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [steps, chosen, pick]);
}
