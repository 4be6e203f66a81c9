import {
  Divider,
  Dropdown,
  DropdownItem,
  DropdownList,
  MenuToggle,
  Select,
  SelectList,
  SelectOption,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import { useState } from 'react';
import { EnvironmentsDocument, SignOutEverywhereDocument } from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { label, SPANS } from '../model/range';
import { Jump } from './jump';
import { useParameters, useScope } from './scope';
import { setTheme, type Theme, theme } from './theme';

export function TopBar({ who }: { who: string }) {
  return (
    <Toolbar isFullHeight className="mp-top">
      <ToolbarContent>
        <ToolbarItem>
          <Jump />
        </ToolbarItem>
        <ToolbarGroup align={{ default: 'alignEnd' }}>
          <ToolbarItem>
            <EnvironmentSelect />
          </ToolbarItem>
          <ToolbarItem>
            <RangeSelect />
          </ToolbarItem>
          <ToolbarItem>
            <Account who={who} />
          </ToolbarItem>
        </ToolbarGroup>
      </ToolbarContent>
    </Toolbar>
  );
}

type Option = { value: string; text: string };

function Choice({
  name,
  options,
  value,
  pick,
}: {
  name: string;
  options: Option[];
  value: string;
  pick: (value: string) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const shown = options.find((option) => option.value === value)?.text ?? value;
  return (
    <Select
      isOpen={isOpen}
      selected={value}
      onOpenChange={setOpen}
      onSelect={(_, picked) => {
        pick(String(picked));
        setOpen(false);
      }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setOpen(!isOpen)} aria-label={`${name}: ${shown}`}>
          {shown}
        </MenuToggle>
      )}
    >
      <SelectList>
        {options.map((option) => (
          <SelectOption key={option.value} value={option.value}>
            {option.text}
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}

function EnvironmentSelect() {
  const may = useMay();
  const [, change] = useParameters();
  const { environment } = useScope();
  const found = useApi(EnvironmentsDocument, {}, { enabled: may('environment:read') });
  const names = (found.data?.environments ?? []).map((one) => ({ value: one.name, text: one.name }));
  const options = [{ value: '', text: 'All environments' }, ...names];
  return (
    <Choice name="Environment" options={options} value={environment ?? ''} pick={(value) => change({ env: value })} />
  );
}

function RangeSelect() {
  const [, change] = useParameters();
  const { range } = useScope();
  const spans = SPANS.map(([value, text]) => ({ value, text }));
  const options: Option[] = range.isLive ? spans : [{ value: range.text, text: label(range) }, ...spans];
  return <Choice name="Time range" options={options} value={range.text} pick={(value) => change({ range: value })} />;
}

const THEMES: [Theme, string][] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

function Account({ who }: { who: string }) {
  const [isOpen, setOpen] = useState(false);
  const [chosen, choose] = useState(theme());
  const everywhere = useChange(SignOutEverywhereDocument);
  const leave = () => location.assign('/login');
  const signOut = async () => {
    await fetch('/logout', { method: 'POST', credentials: 'same-origin', redirect: 'manual' });
    leave();
  };
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      popperProps={{ position: 'right' }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setOpen(!isOpen)} aria-label={`Account: ${who}`}>
          {who}
        </MenuToggle>
      )}
    >
      <DropdownList>
        {THEMES.map(([value, text]) => (
          <DropdownItem
            key={value}
            isSelected={chosen === value}
            onClick={() => {
              setTheme(value);
              choose(value);
            }}
          >
            {text}
          </DropdownItem>
        ))}
        <Divider component="li" />
        <DropdownItem to="/status">Status page</DropdownItem>
        <DropdownItem onClick={() => void signOut()}>Sign out</DropdownItem>
        <DropdownItem
          description="Every browser of yours, this one too"
          onClick={() => everywhere.mutate({}, { onSuccess: leave })}
        >
          Sign out everywhere
        </DropdownItem>
      </DropdownList>
    </Dropdown>
  );
}
