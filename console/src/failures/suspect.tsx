// The change that a failure began with: which deployment, how soon after it, and what it changed line by line.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import type { DeploymentFragment, FailureGroupFragment } from '../api/generated';
import { useMay } from '../api/hooks';
import { Changes } from '../deployments/changes';
import { before } from '../model/staged';
import { others, suspect } from '../model/suspect';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Link } from '../parts/link';
import { Release } from '../parts/release';
import { Began } from './began';

/** `deployments` of all integrations: what is called may have changed, not what calls. */
type Props = { group: FailureGroupFragment; deployments: DeploymentFragment[] };

export function Suspect({ group, deployments }: Props) {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const began = suspect(group, deployments);
  const own = deployments.filter((one) => one.integration === group.integration);
  const deployment = own.find((one) => one.id === began?.deployment);
  const former = deployment && before(own, deployment);
  return (
    <>
      <Began group={group} deployments={deployments} />
      {began?.isFirst && (
        <p className="mp-quiet">
          Nothing of {visible(group.integration)} ran there before, so no change can be to blame.
        </p>
      )}
      {deployment &&
        former &&
        may('release:read') &&
        (isOpen ? (
          <Changes from={former.release} to={deployment.release} />
        ) : (
          <Button variant="link" isInline onClick={() => setOpen(true)}>
            Show the lines
          </Button>
        ))}
      <Others group={group} deployments={deployments} />
    </>
  );
}

function Others({ group, deployments }: Props) {
  // The first of an integration changed no answer.
  const found = others(group, deployments).filter(({ deployment }) => before(deployments, deployment));
  if (found.length === 0) return null;
  return (
    <>
      <h3 className="mp-h">Others, in the ten minutes before</h3>
      <ul className="mp-plain-list">
        {found.map(({ deployment, afterUs }) => (
          <li key={deployment.id}>
            {duration(afterUs)} before it{' '}
            <Link to="/deployments" parameters={{ id: deployment.id, part: 'changes' }}>
              {visible(deployment.integration)} was deployed
            </Link>
            : <Release release={deployment.release} />
          </li>
        ))}
      </ul>
    </>
  );
}
