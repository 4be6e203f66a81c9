// What can be done with a workload. A button is there when the role allows it and the state makes sense of it; each says
// what it will do before it does it, in place, and offers its command.

import { Alert, Button, Flex, FlexItem } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApiError, request } from '../api/client';
import {
  RestartDocument,
  ResumeDocument,
  RollbackDocument,
  StartDocument,
  StopDocument,
  type TypedDocumentString,
  type WorkloadFragment,
} from '../api/generated';
import { useMay } from '../api/hooks';
import { midplane } from '../model/command';
import { CopyCommand } from '../parts/command';

type Verb = 'restart' | 'stop' | 'start' | 'rollback' | 'resume';

const NEEDS: Record<Verb, string> = {
  restart: 'workload:operate',
  stop: 'workload:operate',
  start: 'workload:operate',
  rollback: 'deployment:write',
  resume: 'deployment:write',
};

type Of = { integration: string; project: string; environment: string };

const DOCUMENTS: Record<Verb, TypedDocumentString<unknown, Of>> = {
  restart: RestartDocument,
  stop: StopDocument,
  start: StartDocument,
  rollback: RollbackDocument,
  resume: ResumeDocument,
};

const SAYS: Record<Verb, [name: string, consequence: string]> = {
  restart: ['Restart', 'starts the same release in a new process and then ends the old one'],
  stop: ['Stop', 'ends its process; commits become releases meanwhile but nothing runs until it is started'],
  start: ['Start', 'starts the release that ran last'],
  rollback: ['Roll back', 'deploys the release that ran before and holds it: later pushes wait until you resume'],
  resume: ['Resume', 'ends the hold and deploys the newest release'],
};

/** What makes sense in this state. */
export function verbs(state: string, held: boolean): Verb[] {
  const moves: Verb[] = held ? ['resume'] : ['rollback'];
  if (state === 'stopped') return ['start', ...moves];
  return ['restart', 'stop', ...moves];
}

export function Actions({ workload }: { workload: WorkloadFragment }) {
  const may = useMay();
  const [asked, ask] = useState<Verb>();
  const { integration, project, environment } = workload;
  const queries = useQueryClient();
  const change = useMutation<unknown, ApiError, Verb>({
    mutationFn: (verb) => request(DOCUMENTS[verb], { integration, project, environment }),
    onSettled: () =>
      Promise.all(['Integrations', 'Deployments'].map((name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
  const offered = verbs(workload.state, workload.held).filter((verb) => may(NEEDS[verb]));
  if (offered.length === 0) return null;
  if (asked) {
    const [name, consequence] = SAYS[asked];
    return (
      <div className="mp-confirm" role="group" aria-label={`${name} ${integration}`}>
        <span>
          {name} <strong>{integration}</strong> in <strong>{environment}</strong>: {consequence}.
        </span>
        <Flex gap={{ default: 'gapSm' }}>
          <Button
            size="sm"
            isLoading={change.isPending}
            isDisabled={change.isPending}
            variant={asked === 'stop' ? 'danger' : 'primary'}
            onClick={() => change.mutate(asked, { onSuccess: () => ask(undefined) })}
          >
            {name}
          </Button>
          <Button
            size="sm"
            variant="link"
            onClick={() => {
              change.reset();
              ask(undefined);
            }}
          >
            Cancel
          </Button>
          <CopyCommand command={midplane(asked, integration, `--environment=${environment}`)} />
        </Flex>
        {change.error && (
          <Alert
            isInline
            isPlain
            variant="danger"
            component="p"
            title={`${change.error.message} ${change.error.code}`}
          />
        )}
      </div>
    );
  }
  return (
    <Flex gap={{ default: 'gapSm' }}>
      {offered.map((verb) => (
        <FlexItem key={verb}>
          <Button size="sm" variant="secondary" onClick={() => ask(verb)}>
            {SAYS[verb][0]}
          </Button>
        </FlexItem>
      ))}
    </Flex>
  );
}
