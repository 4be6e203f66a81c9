// The steps as a table that is also a waterfall. Rounds of a split or loop are folded when there are many.

import { Button, SearchInput, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { MessageFragment } from '../api/generated';
import { plural } from '../model/plural';
import {
  bar,
  culprits,
  type FoldLine,
  foldSaid,
  lines,
  roundsSaid,
  type Step,
  type StepLine,
  title,
} from '../model/steps';
import { visible } from '../model/text';
import { count, duration } from '../model/time';
import { FAILED, FAILED_INSIDE } from '../model/way';
import { Link } from '../parts/link';
import { useParameters } from '../shell/scope';

/** What the table may be narrowed to; the address says it. */
export const FILTERS = ['all', 'failed', 'changed', 'slow'] as const;
export type Filter = (typeof FILTERS)[number];

export function filterOf(text: string | null): Filter {
  return FILTERS.find((one) => one === text) ?? 'all';
}

const NAMES: Record<Filter, string> = {
  all: 'All steps',
  failed: 'Failed',
  changed: 'Changed the body',
  slow: 'Slower than usual',
};

/** A step that somebody wants to be led to; each time it is another object. */
export type Sought = { step: number };

type Props = {
  steps: Step[];
  total: number;
  wholeUs: number;
  failedStep: number | undefined;
  error: string | undefined;
  chosen: number;
  pick: (sequence: number) => void;
  sought: Sought | undefined;
  called: Map<number, MessageFragment>;
  more: (() => void) | undefined;
  /** Whether the payloads may be asked for what changed the body. */
  seesPayloads: boolean;
  filter: Filter;
  /** The steps that a filter lets through, or why nobody can say. */
  passes: (filter: Filter) => ((step: Step) => boolean) | string;
};

export function StepTable(props: Props) {
  const { steps, total, wholeUs, failedStep, error, chosen, pick, sought, called, more } = props;
  const { seesPayloads, filter, passes } = props;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [parameters, change] = useParameters();
  const words = parameters.get('find') ?? '';
  const passing = useMemo(() => passes(filter), [passes, filter]);
  const here = useRef<HTMLTableRowElement>(null);
  const guilty = useMemo(() => culprits(steps), [steps]);
  const all = useMemo(() => lines(steps, open), [steps, open]);
  const shown = useMemo(() => {
    if (filter === 'all' && !words) return all;
    const every = lines(steps, new Set(steps.map((step) => `rounds-of-${step.sequence}`).concat('rounds-of-0')));
    return every.filter(
      (line) => line.is === 'step' && typeof passing !== 'string' && passing(line.step) && says(line.step, words),
    );
  }, [all, steps, filter, words, passing]);
  // Follows who walks the steps; a page that opens begins at its top.
  const before = useRef(chosen);
  useEffect(() => {
    if (before.current !== chosen) here.current?.scrollIntoView({ block: 'nearest' });
    before.current = chosen;
  }, [chosen]);
  // Who was led to a step goes on from there, by keys too.
  const led = useRef<Sought>(undefined);
  useEffect(() => {
    if (!sought || sought === led.current || sought.step !== chosen) return;
    led.current = sought;
    here.current?.scrollIntoView({ block: 'center' });
    here.current?.querySelector('button')?.focus({ preventScroll: true });
  }, [sought, chosen]);

  return (
    <section aria-label="Steps">
      <div className="mp-search-bar mp-wrap">
        <ToggleGroup aria-label="Which steps" isCompact>
          {FILTERS.filter((one) => one !== 'changed' || seesPayloads).map((one) => (
            <ToggleGroupItem
              key={one}
              text={NAMES[one]}
              isSelected={filter === one}
              onChange={() => change({ steps: one === 'all' ? null : one })}
            />
          ))}
        </ToggleGroup>
        <div className="mp-find">
          <SearchInput
            value={words}
            onChange={(_, text) => change({ find: text })}
            onClear={() => change({ find: null })}
            placeholder="Find a step"
            aria-label="Find a step"
          />
        </div>
        <span className="mp-quiet">Left and right walk the steps</span>
      </div>
      <table className="mp-steps">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Took</th>
            <th scope="col">When</th>
            <th scope="col">Remark</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((line) =>
            line.is === 'fold' ? (
              <Fold
                key={`${line.key}-${line.first}`}
                line={line}
                kind={steps.find((step) => step.sequence === line.parent)?.kind}
                unfold={() => setOpen(new Set([...open, line.key]))}
              />
            ) : (
              <Row
                key={line.step.sequence}
                line={line}
                wholeUs={wholeUs}
                isChosen={line.step.sequence === chosen}
                isGuilty={guilty.has(line.step.sequence)}
                row={line.step.sequence === chosen ? here : null}
                pick={pick}
                remark={
                  <Remark
                    line={line}
                    isGuilty={guilty.has(line.step.sequence)}
                    error={line.step.sequence === failedStep ? error : undefined}
                    called={called.get(line.step.sequence)}
                  />
                }
              />
            ),
          )}
        </tbody>
      </table>
      {steps.length === 0 && <p className="mp-quiet">Its steps were not recorded: the capture settings say so.</p>}
      {shown.length === 0 && steps.length > 0 && (
        <p className="mp-quiet" aria-live="polite">
          {typeof passing === 'string' ? passing : NONE[filter]}
        </p>
      )}
      {total > steps.length && (
        <p className="mp-quiet">
          {count(steps.length)} of {plural(total, 'step')} are shown.{' '}
          {more && (
            <Button variant="link" isInline onClick={more}>
              Read more
            </Button>
          )}
        </p>
      )}
    </section>
  );
}

const NONE: Record<Filter, string> = {
  all: 'No step has these words.',
  failed: 'No step failed.',
  changed: 'No step changed the body.',
  slow: 'No step took longer than 95 of 100 did at its node in the day before.',
};

function says(step: Step, words: string): boolean {
  return !words || `${title(step)} ${step.node} ${step.detail ?? ''}`.toLowerCase().includes(words.toLowerCase());
}

type RowProps = {
  line: StepLine;
  wholeUs: number;
  isChosen: boolean;
  /** It failed by itself; those around it only passed the failure on. */
  isGuilty: boolean;
  row: React.Ref<HTMLTableRowElement>;
  pick: (sequence: number) => void;
  remark: React.ReactNode;
};

function Row({ line, wholeUs, isChosen, isGuilty, row, pick, remark }: RowProps) {
  const { step, number, depth } = line;
  const { left, width } = bar(step, wholeUs);
  return (
    <tr ref={row} aria-selected={isChosen}>
      <td style={{ paddingInlineStart: `${0.5 + depth * 1.1}rem` }}>
        <button
          type="button"
          className={isGuilty ? 'mp-step mp-bad' : 'mp-step'}
          title={visible(`${step.node} ${step.label ?? ''}`)}
          onClick={() => pick(step.sequence)}
        >
          <span className="mp-quiet">{number}</span> {visible(title(step))}
        </button>
      </td>
      <td>{duration(step.durationUs)}</td>
      <td>
        <div className="mp-fall" title={`after ${duration(step.startUs)}, for ${duration(step.durationUs)}`}>
          <span
            className={isGuilty ? 'mp-fall-bad' : undefined}
            style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
          />
        </div>
      </td>
      <td className="mp-why">{remark}</td>
    </tr>
  );
}

function Remark({
  line,
  isGuilty,
  error,
  called,
}: {
  line: StepLine;
  isGuilty: boolean;
  error: string | undefined;
  called: MessageFragment | undefined;
}) {
  const { step, rounds } = line;
  return (
    <>
      {step.detail && <span>{visible(step.detail)} </span>}
      {rounds > 0 && <span className="mp-quiet">{roundsSaid(step.kind, rounds)} </span>}
      {step.redelivery > 0 && <span>tried again, {step.redelivery} </span>}
      {error ? (
        <span className="mp-bad">{visible(error)} </span>
      ) : (
        step.failed && <span className={isGuilty ? 'mp-bad' : 'mp-quiet'}>{isGuilty ? FAILED : FAILED_INSIDE} </span>
      )}
      {called && (
        <Link to={`/messages/${called.id}`}>
          to {called.integration}/{called.route} {called.short}
        </Link>
      )}
    </>
  );
}

type FoldProps = { line: FoldLine; kind: string | null | undefined; unfold: () => void };

function Fold({ line, kind, unfold }: FoldProps) {
  return (
    <tr>
      <td colSpan={4} style={{ paddingInlineStart: `${0.5 + line.depth * 1.1}rem` }}>
        <Button variant="link" isInline onClick={unfold}>
          {foldSaid(line, kind)} ({plural(line.steps, 'step')})
        </Button>
      </td>
    </tr>
  );
}
