// What can be done with a workload. A button is there when the role allows it and the state makes sense of it; each says
// what it will do before it does it, in place, and offers its command.

import { Button, Flex, FlexItem } from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApiError, request } from '../api/client';
import {
  type ReleaseFragment,
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
import { readVerb, VERBS, type Verb, verbs } from '../model/verbs';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Failed } from '../parts/failed';
import { takeFocus, useReturn } from '../parts/focus';
import { useParameters, useScope } from '../shell/scope';
import { Back, Forward, useEarlier } from './staged';

type Of = { integration: string; project: string; environment: string; to?: string };

const DOCUMENTS: Record<Verb, TypedDocumentString<unknown, Of>> = {
  restart: RestartDocument,
  stop: StopDocument,
  start: StartDocument,
  rollback: RollbackDocument,
  resume: ResumeDocument,
};

type Props = {
  workload: WorkloadFragment;
  /** The id of its integration. */
  id: string;
  newest: ReleaseFragment | null | undefined;
};

export function Actions({ workload, id, newest }: Props) {
  const may = useMay();
  const { integration, project, environment } = workload;
  const [parameters, setParameters] = useParameters();
  const scope = useScope();
  // An address that names the action (Ctrl-K does) asks at once; it names the environment, too, of the page or only of this,
  // and the release to go back to.
  const isHere = (parameters.get('at') ?? scope.environment) === environment;
  const named = isHere ? readVerb(parameters.get('do')) : undefined;
  const [chosen, choose] = useState<Verb>();
  const [picked, setPicked] = useState<string>();
  const wanted = named ? (parameters.get('to') ?? undefined) : picked;
  const ask = (verb: Verb | undefined) => {
    choose(verb);
    setPicked(undefined);
    if (named) setParameters({ do: null, at: null, to: null });
  };
  const pick = (commit: string) => (named ? setParameters({ to: commit }) : setPicked(commit));
  const queries = useQueryClient();
  const change = useMutation<unknown, ApiError, Verb>({
    mutationFn: (verb) =>
      request(DOCUMENTS[verb], { integration, project, environment, ...(verb === 'rollback' && to ? { to } : {}) }),
    onSettled: () =>
      Promise.all(['Integrations', 'Deployments'].map((name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
  const offered = verbs(workload.state, workload.held).filter((verb) => may(VERBS[verb].needs));
  const asked = offered.find((verb) => verb === named) ?? chosen;
  const seesBack = asked === 'rollback' && may('deployment:read');
  const releases = useEarlier(workload, id, wanted, seesBack);
  const to = releases.chosen?.commit;
  const back = useReturn(asked !== undefined);
  const hasNone = seesBack && releases.all?.length === 0;
  if (offered.length === 0) return null;
  if (asked) {
    const { name, consequence } = VERBS[asked];
    return (
      <div ref={takeFocus} tabIndex={-1} className="mp-confirm" role="group" aria-label={`${name} ${integration}`}>
        <span>
          {name} <strong>{integration}</strong> in <strong>{environment}</strong>: {consequence}.
        </span>
        {seesBack && <Back release={workload.release} releases={releases} pick={pick} />}
        {asked === 'resume' && <Forward release={workload.release} newest={newest} />}
        <Flex gap={{ default: 'gapSm' }}>
          <Act
            size="sm"
            isBusy={change.isPending}
            isDisabled={hasNone || (seesBack && releases.query.isPending)}
            variant={asked === 'stop' ? 'danger' : 'primary'}
            onClick={() => change.mutate(asked, { onSuccess: () => ask(undefined) })}
          >
            {name}
          </Act>
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
          <CopyCommand
            command={midplane(
              asked,
              integration,
              asked === 'rollback' && to && `--to=${to.slice(0, 12)}`,
              `--env=${environment}`,
            )}
          />
        </Flex>
        <Failed error={change.error} />
      </div>
    );
  }
  return (
    <Flex gap={{ default: 'gapSm' }}>
      {offered.map((verb, at) => (
        <FlexItem key={verb}>
          <Button ref={at === 0 ? back : null} size="sm" variant="secondary" onClick={() => ask(verb)}>
            {VERBS[verb].name}
          </Button>
        </FlexItem>
      ))}
    </Flex>
  );
}
