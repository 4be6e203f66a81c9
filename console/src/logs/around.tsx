// One line of a log by itself: what stands around it, whatever level or text the list is narrowed to, and the message
// that was worked on when it was written.

import { Alert, Button } from '@patternfly/react-core';
import { useEffect, useReducer, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import type { ApiError } from '../api/client';
import { LogsDocument } from '../api/generated';
import { subscribe } from '../api/live';
import { type Around, nothing, take } from '../model/context';
import { term } from '../model/query';
import { Act } from '../parts/act';
import { Link, useAddress } from '../parts/link';
import { useNow } from '../parts/now';
import type { Line } from './follow';
import { LogLine } from './line';
import { messageOf } from './message-of';

const MOST = 50;
/** Where the reading begins: fifty lines are written in less, or the log is so quiet that they do not matter. */
const BACK_MS = 15 * 60_000;

function useAround(line: Line, isPrevious: boolean) {
  const found = useRef<Around<Line>>(nothing());
  const [, show] = useReducer((count: number) => count + 1, 0);
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    found.current = nothing();
    const at = Date.parse(line.time);
    const sinceMs = Number.isNaN(at) ? null : Date.now() - at + BACK_MS;
    let next = 0;
    let end: (() => void) | undefined;
    end = subscribe(
      LogsDocument,
      { workloads: [line.workload], follow: false, sinceMs, previous: isPrevious, level: null, grep: null, tail: null },
      {
        next: ({ logs }) => {
          next += 1;
          const taken = take(found.current, { ...logs, key: next }, line, MOST);
          const isNews = taken !== found.current && (taken.isFull || taken.hit !== found.current.hit);
          found.current = taken;
          if (isNews) show();
          if (taken.isFull) end?.();
        },
        refused: setError,
        ended: show,
      },
    );
    return end;
  }, [line, isPrevious]);
  return { ...found.current, error };
}

export function LineDetail({ line, isPrevious, close }: { line: Line; isPrevious: boolean; close: () => void }) {
  const { before, hit, after, error } = useAround(line, isPrevious);
  return (
    <section className="mp-summary" aria-label="Around the line">
      <div className="mp-search-bar mp-wrap">
        <strong className="mp-grow">
          {line.integration}, {MOST} lines before and after
        </strong>
        <ToMessage line={line} />
        <Button variant="secondary" size="sm" onClick={close}>
          Close
        </Button>
      </div>
      {error && <Alert isInline isPlain variant="danger" component="p" title={`${error.message} ${error.code}`} />}
      <pre className="mp-log" tabIndex={0}>
        {hit ? (
          <>
            {before.map((one) => (
              <LogLine key={one.key} line={one} names={false} grep="" />
            ))}
            <span className="mp-log-hit" ref={(it) => it?.scrollIntoView({ block: 'center' })}>
              <LogLine line={hit} names={false} grep="" />
            </span>
            {after.map((one) => (
              <LogLine key={one.key} line={one} names={false} grep="" />
            ))}
          </>
        ) : (
          <LogLine line={line} names={false} grep="" />
        )}
      </pre>
    </section>
  );
}

function ToMessage({ line }: { line: Line }) {
  const navigate = useNavigate();
  const address = useAddress();
  const now = useNow(60_000);
  const [state, setState] = useState<'idle' | 'looking' | 'none'>('idle');
  const looking = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => looking.current?.abort(), []);
  const at = Date.parse(line.time);
  if (Number.isNaN(at)) return null;
  const look = async () => {
    looking.current = new AbortController();
    const { signal } = looking.current;
    setState('looking');
    const id = await messageOf(line, now, signal).catch(() => undefined);
    if (signal.aborted) return;
    if (id) void navigate(address(`/messages/${id}`, { tab: 'log' }));
    else setState('none');
  };
  if (state === 'none') {
    const minute = `since:${new Date(at - 60_000).toISOString()} until:${new Date(at + 1_000).toISOString()}`;
    return (
      <span className="mp-quiet">
        It was not written for a message that is kept.{' '}
        <Link to="/messages" parameters={{ q: `${term('integration', line.integration)} ${minute}` }}>
          Messages of that minute
        </Link>
      </span>
    );
  }
  return (
    <Act variant="secondary" size="sm" isBusy={state === 'looking'} onClick={() => void look()}>
      Go to its message
    </Act>
  );
}
