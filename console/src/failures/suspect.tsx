// The change that a failure began with: which deployment, how soon after it, and what it changed line by line.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import type { DeploymentFragment, FailureGroupFragment } from '../api/generated';
import { useMay } from '../api/hooks';
import { Changes } from '../deployments/changes';
import { before } from '../model/staged';
import { suspect } from '../model/suspect';
import { Began } from './began';

type Props = { group: FailureGroupFragment; deployments: DeploymentFragment[] };

export function Suspect({ group, deployments }: Props) {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const began = suspect(group, deployments);
  const deployment = deployments.find((one) => one.id === began?.deployment);
  const former = deployment && before(deployments, deployment);
  return (
    <>
      <Began group={group} deployments={deployments} />
      {deployment && !former && <p className="mp-quiet">It was the first that was deployed there.</p>}
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
    </>
  );
}
