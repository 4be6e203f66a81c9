// Lets an environment run on a runtime. What runs there moves at once, so it is said before it is done.

import { Button, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useRef, useState } from 'react';
import { EnvironmentRuntimesDocument, LetEnvironmentRunDocument } from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { Act } from '../parts/act';
import { Failed } from '../parts/failed';
import { takeFocus, useKeptFocus, useReturn } from '../parts/focus';
import { Link } from '../parts/link';

type Props = { id: string; name: string };

/** For a runtime that is connected: what moves to one that is not would stop until it comes. */
export function RunsOn({ id, name }: Props) {
  const may = useMay();
  const place = useRef<HTMLDivElement>(null);
  useKeptFocus(place);
  const found = useApi(EnvironmentRuntimesDocument, {}, { enabled: may('environment:read') });
  const all = found.data?.environments ?? [];
  const here = all.filter((one) => one.runtimeId === id).map((one) => one.name);
  if (!found.data) return null;
  return (
    <div ref={place} tabIndex={-1} aria-live="polite">
      {here.length > 0 ? (
        <p>
          {here.join(', ')} {here.length === 1 ? 'runs' : 'run'} on it: <Link to="/deployments">deployments</Link> say
          how far that is.
        </p>
      ) : (
        <p>No environment runs on it yet.</p>
      )}
      {here.length === 0 &&
        (may('environment:manage') ? (
          <Choice name={name} environments={all.map((one) => ({ name: one.name, moves: Boolean(one.runtimeId) }))} />
        ) : (
          <p className="mp-quiet">An owner or administrator of the organization can let one run on it.</p>
        ))}
    </div>
  );
}

/** `moves`: another runtime has it now. */
type ChoiceProps = { name: string; environments: { name: string; moves: boolean }[] };

function Choice({ name, environments }: ChoiceProps) {
  const [picked, pick] = useState<string>();
  const [isAsked, ask] = useState(false);
  const back = useReturn(isAsked);
  const again = ['EnvironmentRuntimes', 'Integrations', 'Deployments', 'Runtimes', 'Runtime'];
  const change = useChange(LetEnvironmentRunDocument, ...again);
  const chosen = environments.find((one) => one.name === picked) ?? environments[0];
  if (!chosen) return null;
  const environment = chosen.name;
  const doing = `Let ${environment} run on ${name}`;
  if (isAsked)
    return (
      <div ref={takeFocus} tabIndex={-1} className="mp-confirm" role="group" aria-label={doing}>
        <span>
          Every integration of <strong>{environment}</strong> is deployed on <strong>{name}</strong>, with its newest
          release, or the one it is held at.{' '}
          {chosen.moves && 'The runtime that has it now ends what runs there, so each is away until it runs here. '}
          What was stopped stays stopped.
        </span>
        <span className="mp-search-bar">
          <Act size="sm" isBusy={change.isPending} onClick={() => change.mutate({ environment, runtime: name })}>
            {doing}
          </Act>
          <Button
            size="sm"
            variant="link"
            onClick={() => {
              change.reset();
              ask(false);
            }}
          >
            Cancel
          </Button>
        </span>
        <Failed error={change.error} />
      </div>
    );
  return (
    <div className="mp-search-bar">
      <FormSelect
        value={environment}
        onChange={(_, value) => pick(value)}
        aria-label="Environment to run on it"
        className="mp-narrow"
      >
        {environments.map((one) => (
          <FormSelectOption key={one.name} value={one.name} label={one.name} />
        ))}
      </FormSelect>
      <Button ref={back} variant="secondary" onClick={() => ask(true)}>
        {doing}
      </Button>
    </div>
  );
}
