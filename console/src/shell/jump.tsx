// Ctrl-K: goes to an integration, a route, a runtime, a screen, or searches messages for what was typed.

import { Menu, MenuContent, MenuItem, MenuList, Popper, SearchInput } from '@patternfly/react-core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { IntegrationsDocument, RoutesDocument, RuntimesDocument } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { matches, type Place } from '../model/jump';
import { useAddress } from '../parts/link';
import { useScope } from './scope';

export function Jump() {
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const address = useAddress();
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
    void navigate(address(place.path, place.parameters));
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
    else if (event.key === 'Enter' && found[at]) go(found[at]);
    else if (event.key === 'Escape') setOpen(false);
    else return;
    event.preventDefault();
  };
  const search = (
    <div ref={box} onKeyDown={onKeyDown} role="presentation">
      <SearchInput
        ref={input}
        value={text}
        placeholder="Go to or find (Ctrl-K)"
        aria-label="Go to a screen, integration, route or message"
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
      <MenuContent>
        <MenuList>
          {found.map((place, index) => (
            <MenuItem
              key={place.key}
              description={place.about}
              isFocused={index === at}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => go(place)}
            >
              {place.name}
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
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const integrations = useApi(IntegrationsDocument, {}, { enabled: isOpen && may('integration:read') });
  const routes = useApi(RoutesDocument, period, { enabled: isOpen && may('message:read') });
  const runtimes = useApi(RuntimesDocument, {}, { enabled: isOpen && may('runtime:read') });
  return useMemo(() => {
    const screens = ['Integrations', 'Deployments', 'Messages', 'Failures', 'Logs', 'Runtimes', 'Settings'];
    return [
      ...screens.map((name) => ({ key: `s-${name}`, name, about: 'Screen', path: `/${name.toLowerCase()}` })),
      ...(integrations.data?.integrations ?? []).map((one) => ({
        key: `i-${one.id}`,
        name: one.name,
        about: `Integration of ${one.project}`,
        path: `/integrations/${encodeURIComponent(one.name)}`,
      })),
      ...(routes.data?.routes ?? []).map((one) => ({
        key: `r-${one.environment}/${one.integration}/${one.name}`,
        name: one.name,
        about: `Route of ${one.integration}`,
        path: `/integrations/${encodeURIComponent(one.integration)}/routes/${encodeURIComponent(one.name)}`,
      })),
      ...(runtimes.data?.runtimes ?? []).map((one) => ({
        key: `t-${one.id}`,
        name: one.name,
        about: 'Runtime',
        path: `/runtimes/${encodeURIComponent(one.name)}`,
      })),
    ];
  }, [integrations.data, routes.data, runtimes.data]);
}
