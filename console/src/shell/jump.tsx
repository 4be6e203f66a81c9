// Ctrl-K: goes to an integration, a route, a runtime, a failure, a commit, a screen, an action, or searches messages for what
// was typed.

import { Menu, MenuContent, MenuItem, MenuList, Popper, SearchInput } from '@patternfly/react-core';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import {
  DeploymentsDocument,
  EnvironmentsDocument,
  FailureGroupsDocument,
  IntegrationsDocument,
  RoutesDocument,
  RuntimesDocument,
} from '../api/generated';
import { useApi, useMay, useViewer } from '../api/hooks';
import { REACH_MS } from '../model/alert';
import { matches, type Place, parametersOf, SEARCH } from '../model/jump';
import {
  ofActions,
  ofCommits,
  ofEnvironments,
  ofFailureGroups,
  ofIntegrations,
  ofRoutes,
  ofRuntimes,
  ofScreens,
} from '../model/places';
import { visible } from '../model/text';
import { MENU_ITEM } from '../parts/focus';
import { useAddress } from '../parts/link';
import { useScope } from './scope';

/** Eight rows, or what a small screen has room for. */
const HEIGHT = 'min(29rem, 75vh)';
/** Older commits are a matter of the history. */
const COMMITS = 100;

export function Jump() {
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const address = useAddress();
  const { environment } = useScope();
  const places = usePlaces(isOpen);
  const found = useMemo(() => matches(places, text), [places, text]);

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        input.current?.focus();
        input.current?.select();
        setOpen(true);
      }
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);

  const go = (place: Place) => {
    setOpen(false);
    setText('');
    input.current?.blur();
    void navigate(address(place.path, parametersOf(place, environment)));
  };
  const leave = () => {
    setOpen(false);
    setText('');
    setAt(0);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
    else if (event.key === 'Enter' && found[at]) go(found[at]);
    else if (event.key === 'Escape') leave();
    else return;
    event.preventDefault();
  };
  const search = (
    <div ref={box} onKeyDown={onKeyDown} role="presentation">
      <SearchInput
        ref={input}
        value={text}
        placeholder="Go to or find (Ctrl-K)"
        aria-label="Go to a screen, integration, route, failure, commit, action or message"
        className="mp-jump"
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onChange={(_, value) => {
          setText(value);
          setAt(0);
          setOpen(true);
        }}
        onClear={() => setText('')}
      />
    </div>
  );
  const list = (
    <Menu ref={menu} isScrollable aria-label="Places">
      <MenuContent maxMenuHeight={HEIGHT}>
        <MenuList tabIndex={-1}>
          {found.map((place, index) => (
            <MenuItem
              key={place.key}
              component={MENU_ITEM}
              description={visible(place.about)}
              isFocused={index === at}
              icon={place.key === SEARCH ? <SearchIcon /> : undefined}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => go(place)}
            >
              {visible(place.name)}
            </MenuItem>
          ))}
        </MenuList>
      </MenuContent>
    </Menu>
  );
  return (
    <Popper
      trigger={search}
      triggerRef={box}
      popper={list}
      popperRef={menu}
      isVisible={isOpen && found.length > 0}
      appendTo="inline"
    />
  );
}

function usePlaces(isOpen: boolean): Place[] {
  const may = useMay();
  const { range } = useScope();
  const viewer = useViewer();
  const held = viewer.data?.viewer.permissions;
  const asks = (permission: string) => ({ enabled: isOpen && may(permission) });
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const integrations = useApi(IntegrationsDocument, {}, asks('integration:read'));
  const routes = useApi(RoutesDocument, period, asks('message:read'));
  const runtimes = useApi(RuntimesDocument, {}, asks('runtime:read'));
  const environments = useApi(EnvironmentsDocument, {}, asks('environment:read'));
  const deployments = useApi(DeploymentsDocument, { first: COMMITS }, asks('deployment:read'));
  const since = new Date(range.to.getTime() - REACH_MS).toISOString();
  const failures = useApi(FailureGroupsDocument, { since, state: null }, asks('message:read'));
  return useMemo(
    () => [
      ...ofScreens(held ?? []),
      ...ofIntegrations(integrations.data?.integrations ?? []),
      ...ofRoutes(routes.data?.routes ?? []),
      ...ofRuntimes(runtimes.data?.runtimes ?? []),
      ...ofFailureGroups(failures.data?.failureGroups ?? []),
      ...ofEnvironments(environments.data?.environments ?? []),
      ...ofActions(
        (integrations.data?.integrations ?? []).flatMap((one) => one.workloads),
        held ?? [],
      ),
      ...ofCommits(deployments.data?.deployments.nodes ?? []),
    ],
    [held, integrations.data, routes.data, runtimes.data, environments.data, deployments.data, failures.data],
  );
}
