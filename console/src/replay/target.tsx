// Where a message goes in: at the start of a route, or to an endpoint of the integration.

import { FormSelect, FormSelectOption, TextInput } from '@patternfly/react-core';
import { useId } from 'react';
import { RoutesDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import type { Target } from '../model/replay';
import { visible } from '../model/text';
import { useScope } from '../shell/scope';

/** No route has this name: it holds a space. */
const ENDPOINT = 'an endpoint';
const START = '';

/** The routes that run there, by name. */
export function useRouteNames(integration: string, environment: string): string[] {
  const { range } = useScope();
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const found = useApi(RoutesDocument, { integration, environment, ...period }, { follows: range });
  return [...new Set((found.data?.routes ?? []).map((one) => one.name))].sort();
}

type Props = {
  target: Target;
  routes: string[];
  /** The route that it goes to when nobody says another; none of a new message. */
  own?: string;
  change: (target: Target) => void;
};

export function TargetEditor({ target, routes, own, change }: Props) {
  const id = useId();
  const value = target.at === 'endpoint' ? ENDPOINT : target.at === 'route' ? target.route : START;
  const others = routes.filter((route) => route !== own);
  const known =
    target.at === 'route' && target.route && !others.includes(target.route) ? [target.route, ...others] : others;
  return (
    <div className="mp-field">
      <label htmlFor={id} className="mp-h">
        Where it goes in
      </label>
      <FormSelect
        id={id}
        value={value}
        onChange={(_, next) =>
          change(
            next === ENDPOINT
              ? { at: 'endpoint', endpoint: '' }
              : next === START
                ? own
                  ? { at: 'start' }
                  : { at: 'route', route: '' }
                : { at: 'route', route: next },
          )
        }
      >
        <FormSelectOption value={START} label={own ? `At the start of its route, ${visible(own)}` : 'Choose a route'} />
        {known.map((route) => (
          <FormSelectOption key={route} value={route} label={`At the start of ${visible(route)}`} />
        ))}
        <FormSelectOption value={ENDPOINT} label="To an endpoint, as a new message" />
      </FormSelect>
      {target.at === 'endpoint' && (
        <TextInput
          value={target.endpoint}
          onChange={(_, endpoint) => change({ at: 'endpoint', endpoint: endpoint.trim() })}
          placeholder="seda:bulk"
          aria-label="Address of the endpoint"
          autoComplete="off"
          className="mp-mono"
        />
      )}
    </div>
  );
}
