import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { WorkloadFragment } from '../api/generated';
import { visible } from '../model/text';
import { bytes } from '../model/time';
import { Link } from '../parts/link';
import { Release } from '../parts/release';
import { State } from '../parts/state';
import { Ago } from '../parts/time';

const WEB = /^https?:\/\//;

/** An integration in one environment: state with its reason and what to do about it, and the facts beside it. */
export function Summary({ workload, actions }: { workload: WorkloadFragment; actions: ReactNode }) {
  const facts: [string, ReactNode][] = [
    ['Environment', workload.environment],
    [
      'Runtime',
      <Link key="runtime" to={`/runtimes/${encodeURIComponent(workload.runtime)}`}>
        {workload.runtime}
      </Link>,
    ],
    ['Release', <Release key="release" release={workload.release} />],
    ['Up since', workload.startedAt ? <Ago key="up" at={workload.startedAt} /> : 'not running'],
    ['Restarts', String(workload.restarts)],
    ['Memory', bytes(workload.memoryBytes)],
  ];
  if (workload.url) {
    const { url } = workload;
    facts.push([
      'URL',
      WEB.test(url) ? (
        <a key="url" href={url} rel="noreferrer">
          {url}
        </a>
      ) : (
        url
      ),
    ]);
  }
  return (
    <div className="mp-summary">
      <div className="mp-summary-state">
        <State state={workload.state} />
        <div className="mp-grow">
          {workload.reason && <div className="mp-why">{visible(workload.reason)}</div>}
          {workload.behind > 0 && <div className="mp-quiet">{workload.behind} newer releases wait behind the hold</div>}
          {workload.nextAction && <div className="mp-quiet">Next: {visible(workload.nextAction)}</div>}
        </div>
        {actions}
      </div>
      <DescriptionList isCompact columnModifier={{ default: '2Col', lg: '3Col' }} className="mp-facts">
        {facts.map(([name, value]) => (
          <DescriptionListGroup key={name}>
            <DescriptionListTerm>{name}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
      </DescriptionList>
    </div>
  );
}
