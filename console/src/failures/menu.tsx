// What can be done with a group from the list: one menu in each row.

import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import MoreIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { FailureGroupFragment } from '../api/generated';
import { useMay, useViewer } from '../api/hooks';
import { type Change, mute, offered, reopens, repairOf, SPANS } from '../model/failure';
import { visible } from '../model/text';
import { useAddress } from '../parts/link';
import type { Changing } from './change';

export function GroupMenu({ group, changing }: { group: FailureGroupFragment; changing: Changing }) {
  const me = useViewer().data?.viewer.label;
  const [isOpen, setOpen] = useState(false);
  const may = useMay();
  const navigate = useNavigate();
  const address = useAddress();
  const manages = may('failure:manage');
  const replays = may('workload:operate') && group.open > 0;
  const verbs = manages ? offered(group.state, group.stillFailing) : [];
  if (!manages && !replays) return null;
  const item = (name: string, change: () => Change) => (
    <DropdownItem
      key={name}
      onClick={() => {
        setOpen(false);
        changing.make(group, change());
      }}
    >
      {name}
    </DropdownItem>
  );
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      shouldFocusToggleOnSelect
      popperProps={{ position: 'right' }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          isExpanded={isOpen}
          aria-disabled={changing.isBusy}
          aria-label={`Actions for ${visible(group.integration)} / ${visible(group.route)}`}
          onClick={() => setOpen(!isOpen && !changing.isBusy)}
        >
          <MoreIcon />
        </MenuToggle>
      )}
    >
      <DropdownList>
        {replays && (
          <DropdownItem onClick={() => void navigate(address('/replays/new', { q: repairOf(group) }))}>
            Replay what is to repair
          </DropdownItem>
        )}
        {verbs.map((verb) => {
          if (verb === 'resolve') return item('Resolve', () => ({ do: verb }));
          if (verb === 'reopen') return item(reopens(group.state), () => ({ do: verb }));
          return SPANS.map(([key, name, seconds]) =>
            item(key === '' ? 'Mute for good' : `Mute ${name.toLowerCase()}`, () => mute(seconds, Date.now())),
          );
        })}
        {manages && <Divider component="li" />}
        {manages && me && group.assignee !== me && item('Assign to me', () => ({ do: 'assign', to: me }))}
        {manages && group.assignee && item('Assign to nobody', () => ({ do: 'assign', to: null }))}
      </DropdownList>
    </Dropdown>
  );
}
