// What a newcomer does first. Each line ticks itself when it was done; with the last one the list is gone for good.

import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import CircleIcon from '@patternfly/react-icons/dist/esm/icons/outlined-circle-icon';
import { type ReactNode, useEffect } from 'react';
import { hasSeenFailure } from '../message/seen';
import { Link } from '../parts/link';
import { Panel } from '../parts/panel';

type Props = {
  runtimes: number;
  integrations: number;
  deployments: { cause: string }[];
  messages: number;
};

/** In this browser: a later deployment does not undo that somebody once rolled back. */
const DONE = 'midplane-first-steps';

export function Checklist({ runtimes, integrations, deployments, messages }: Props) {
  const rolledBack = deployments.some((one) => one.cause === 'rollback');
  const steps: [done: boolean, what: ReactNode][] = [
    [
      runtimes > 0,
      <>
        Connect a runtime: <Link to="/runtimes/add">add one</Link>
      </>,
    ],
    [
      integrations > 0,
      <>
        Deploy an integration: push routes to{' '}
        <Link to="/settings" parameters={{ tab: 'sources' }}>
          a Git source
        </Link>
      </>,
    ],
    [
      messages > 0,
      <>
        See what went through it: <Link to="/messages">messages</Link>
      </>,
    ],
    [
      hasSeenFailure(),
      <>
        Find out why a message failed: <Link to="/failures">failures</Link>
      </>,
    ],
    [
      rolledBack,
      <>
        Go back to an earlier release: <Link to="/deployments">deployments</Link>
      </>,
    ],
  ];
  const isDone = localStorage.getItem(DONE) !== null || steps.every(([done]) => done);
  useEffect(() => {
    if (isDone) localStorage.setItem(DONE, 'done');
  }, [isDone]);
  if (isDone) return null;
  return (
    <Panel title="Next steps">
      <ul className="mp-checklist">
        {steps.map(([done, what], at) => (
          // The list is fixed, its order is its identity.
          <li key={at} className={done ? 'mp-done' : undefined}>
            {done ? <CheckIcon aria-label="Done" /> : <CircleIcon aria-label="To do" />} <span>{what}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
