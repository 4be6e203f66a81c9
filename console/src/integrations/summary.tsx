import type { ReactNode } from 'react';
import type { WorkloadFragment } from '../api/generated';
import { heldBack } from '../model/staged';
import { visible } from '../model/text';
import { bytes } from '../model/time';
import { Copy } from '../parts/copy';
import { Link } from '../parts/link';
import { Release } from '../parts/release';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { HeldRoutes, NewestRefused, NextStep } from './next';

const WEB = /^https?:\/\//;

type Props = {
  workload: WorkloadFragment;
  /** It goes on with what ran before; the page says why, once for all environments. */
  isRefused: boolean;
  actions: ReactNode;
};

/** An integration in one environment: state with its reason and what to do about it, and the facts in a line below. */
export function Summary({ workload, isRefused, actions }: Props) {
  const { environment, runtime, release, startedAt, restarts, memoryBytes, url } = workload;
  // Of a workload that runs, the reason names the routes that are held: those are listed with their buttons instead.
  const reason = workload.state === 'running' ? null : (heldBack(workload) ?? workload.reason);
  const facts: [string, ReactNode][] = [
    [
      'In',
      <span key="in">
        {environment} on <Link to={`/runtimes/${encodeURIComponent(runtime)}`}>{runtime}</Link>
      </span>,
    ],
    ['Release', <Release key="release" release={release} />],
    ['Started', startedAt ? <Ago key="up" at={startedAt} /> : 'not running'],
    ['Restarts', String(restarts)],
    ['Memory', bytes(memoryBytes) || 'not known'],
    ...(url ? ([['URL', <Url key="url" url={url} />]] as [string, ReactNode][]) : []),
  ];
  return (
    <div className="mp-summary mp-brief">
      <div className="mp-summary-state">
        <State state={workload.state} />
        {isRefused && <NewestRefused />}
        <div className="mp-grow">
          {reason && <div className="mp-why">{visible(reason)}</div>}
          {!isRefused && <NextStep workload={workload} />}
          <HeldRoutes workload={workload} />
        </div>
        {actions}
      </div>
      <dl className="mp-brief-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt> <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Whether it answers a browser nobody knows: most are for programs, so it is copied first. */
function Url({ url }: { url: string }) {
  return (
    <span className="mp-apart">
      <code>{visible(url)}</code>
      <Copy name="Copy" text={() => url} isInline />
      {WEB.test(url) && (
        <a href={url} target="_blank" rel="noreferrer">
          Open
        </a>
      )}
    </span>
  );
}
