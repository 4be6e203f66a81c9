// The log of one workload or of many, as it is written; of a time between two instants, what was written then. Level, text and what
// is shown are in the address.

import { Alert, Button, FormSelect, FormSelectOption, SearchInput, Switch } from '@patternfly/react-core';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { WorkloadFragment } from '../api/generated';
import { midplane } from '../model/command';
import { fileName } from '../model/export';
import { LEVELS, logText } from '../model/log';
import { back, saysStarted, saysWindow, startedSince, wider, windowOf } from '../model/log-window';
import { visible } from '../model/text';
import { count } from '../model/time';
import { CopyCommand } from '../parts/command';
import { save } from '../parts/download';
import { Empty } from '../parts/loaded';
import { useParameters, useScope } from '../shell/scope';
import { LineDetail } from './around';
import { type Line, useLog } from './follow';
import { LogLine } from './line';

type Props = {
  workloads: Pick<WorkloadFragment, 'id' | 'integration' | 'environment' | 'startedAt'>[];
  canChoose?: boolean;
};

export function LogView({ workloads, canChoose = false }: Props) {
  const [parameters, change] = useParameters();
  const [level, grep] = [parameters.get('level') ?? '', parameters.get('grep') ?? ''];
  const [which, previous] = [parameters.get('integration') ?? '', parameters.get('previous') === 'yes'];
  const [typed, setTyped] = useState(grep);
  const [wraps, setWraps] = useState(true);
  const [picked, pick] = useState<Line>();
  const chosen = workloads.filter((one) => !canChoose || !which || one.integration === which);
  const { range } = useScope();
  const between = windowOf(parameters.get('at'), range);
  const log = useLog({ ids: chosen.map((one) => one.id), level, grep, previous, between });
  const anew = between && !previous ? startedSince(chosen, between) : [];
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the last line
  useEffect(() => {
    if (!between && isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [log.lines]);
  /** What is opened to be read stays in sight, whatever is written meanwhile. */
  const stay = useCallback(() => {
    isAtEnd.current = false;
  }, []);
  const [first] = chosen;
  const names = [...new Set(workloads.map((one) => one.integration))];
  const download = () =>
    save(fileName(which || first?.integration || 'midplane', new Date(), 'log'), log.lines.map(logText).join('\n'));
  if (workloads.length === 0)
    return <Empty title="Nothing runs">A workload's log can be read as soon as it was started once.</Empty>;
  return (
    <>
      <div className="mp-search-bar mp-wrap">
        {canChoose && (
          <FormSelect
            value={which}
            onChange={(_, value) => change({ integration: value })}
            aria-label="Integration"
            className="mp-narrow"
          >
            <FormSelectOption value="" label="All integrations" />
            {names.map((name) => (
              <FormSelectOption key={name} value={name} label={name} />
            ))}
          </FormSelect>
        )}
        <FormSelect
          value={level}
          onChange={(_, value) => change({ level: value })}
          aria-label="Level"
          className="mp-narrow"
        >
          <FormSelectOption value="" label="All levels" />
          {LEVELS.map((one) => (
            <FormSelectOption key={one} value={one} label={`${one} and above`} />
          ))}
        </FormSelect>
        <div className="mp-find">
          <SearchInput
            value={typed}
            placeholder="Lines with this text"
            aria-label="Lines with this text"
            onChange={(_, value) => setTyped(value)}
            onSearch={() => change({ grep: typed })}
            onClear={() => {
              setTyped('');
              change({ grep: null });
            }}
          />
        </div>
        <Switch
          id="previous"
          label="Previous run"
          isChecked={previous}
          onChange={(_, on) => change({ previous: on ? 'yes' : null })}
        />
        <Switch id="wrap" label="Wrap" isChecked={wraps} onChange={(_, on) => setWraps(on)} />
        {!between && (
          <Button variant="secondary" size="sm" onClick={log.pause}>
            {log.isPaused ? `Go on (${count(log.waiting)} waiting)` : 'Pause'}
          </Button>
        )}
        <Button variant="link" size="sm" onClick={download} isDisabled={log.lines.length === 0}>
          Download
        </Button>
        <CopyCommand
          command={midplane(
            'logs',
            which || (workloads.length === 1 ? first?.integration : null),
            previous && '--previous',
            between ? `--since=${back(between, Date.now())}` : !previous && '-f',
            level && `--level=${level.toLowerCase()}`,
            grep && `--grep=${grep}`,
          )}
        />
      </div>
      {log.error && <Alert isInline variant="danger" component="p" title={`${log.error.message} ${log.error.code}`} />}
      {between && (
        <p className="mp-quiet mp-apart">
          {`${log.isCut ? `The first ${count(log.lines.length)} lines` : 'Lines'} of ${saysWindow(between, Date.now())}.`}
          <Button variant="link" isInline size="sm" onClick={() => change({ at: wider(between) })}>
            One minute more on both sides
          </Button>
          <Button
            variant="link"
            isInline
            size="sm"
            onClick={() => change({ at: null, previous: null, ...(range.isLive ? {} : { range: null }) })}
          >
            Follow the newest
          </Button>
        </p>
      )}
      {between && anew.length > 0 && (
        <p className="mp-quiet">
          {visible(saysStarted(anew, Date.now()))}; this is the log since then.{' '}
          <Button variant="link" isInline size="sm" onClick={() => change({ previous: 'yes' })}>
            Look in the run before
          </Button>
        </p>
      )}
      {picked && <LineDetail line={picked} isPrevious={previous} close={() => pick(undefined)} />}
      <pre
        ref={box}
        className="mp-log mp-log-live"
        style={{ whiteSpace: wraps ? 'pre-wrap' : 'pre' }}
        tabIndex={0}
        aria-label="Log"
        role="log"
        aria-live="off"
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {log.lines.length === 0 && (
          <span className="mp-quiet">
            {log.hasEnded
              ? between
                ? 'No such line in this time.'
                : 'No such line.'
              : between
                ? 'Reading'
                : 'Waiting for lines'}
          </span>
        )}
        {log.lines.map((line) => (
          <LogLine key={line.key} line={line} names={chosen.length > 1} grep={grep} pick={pick} opened={stay} />
        ))}
      </pre>
      <p className="mp-quiet">The time of a line opens what is around it and leads to its message.</p>
      {log.dropped > 0 && <p className="mp-quiet">{count(log.dropped)} older lines are no longer shown.</p>}
    </>
  );
}
