import {
  Button,
  Divider,
  Dropdown,
  DropdownGroup,
  DropdownItem,
  DropdownList,
  MenuToggle,
  Popover,
  Select,
  SelectList,
  SelectOption,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import { useRef, useState } from 'react';
import { EnvironmentsDocument, SignOutEverywhereDocument } from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { fromInputs, label, SPANS, toInput } from '../model/range';
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
      shouldFocusToggleOnSelect
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
  const [isCustom, setCustom] = useState(false);
  const place = useRef<HTMLSpanElement>(null);
  const own: Option = { value: CUSTOM, text: 'Between two times' };
  const options: Option[] = range.isLive ? [...spans, own] : [{ value: range.text, text: label(range) }, ...spans, own];
  return (
    <span ref={place}>
      <Choice
        name="Time range"
        options={options}
        value={range.text}
        pick={(value) => (value === CUSTOM ? setCustom(true) : change({ range: value }))}
      />
      <Popover
        triggerRef={place}
        isVisible={isCustom}
        shouldClose={() => setCustom(false)}
        position="bottom-end"
        headerContent="Between two times"
        aria-label="Between two times"
        bodyContent={
          <Between
            from={range.from}
            to={range.to}
            pick={(text) => {
              change({ range: text });
              setCustom(false);
            }}
          />
        }
      />
    </span>
  );
}

const CUSTOM = 'custom';

type BetweenProps = { from: Date; to: Date; pick: (range: string) => void };

/** In the zone of the browser, as every time that the console shows. */
function Between({ from, to, pick }: BetweenProps) {
  const [first, setFirst] = useState(toInput(from));
  const [last, setLast] = useState(toInput(to));
  const range = fromInputs(first, last);
  return (
    <form
      className="mp-between"
      onSubmit={(event) => {
        event.preventDefault();
        if (range) pick(range);
      }}
    >
      <label>
        From <input type="datetime-local" value={first} onChange={(event) => setFirst(event.target.value)} />
      </label>
      <label>
        To <input type="datetime-local" value={last} onChange={(event) => setLast(event.target.value)} />
      </label>
      {!range && <span className="mp-bad">The second is after the first.</span>}
      <Button type="submit" size="sm" isDisabled={!range}>
        Show it
      </Button>
    </form>
  );
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
      shouldFocusToggleOnSelect
      popperProps={{ position: 'right' }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setOpen(!isOpen)} aria-label={`Account: ${who}`}>
          {who}
        </MenuToggle>
      )}
    >
      <DropdownGroup label="Theme" labelHeadingLevel="h2">
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
        </DropdownList>
      </DropdownGroup>
      <Divider />
      <DropdownList>
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
