import { Label } from '@patternfly/react-core';
import type { FailureGroupFragment } from '../api/generated';
import { putAside } from '../model/failure';
import { count } from '../model/time';

/** How often it happened, and how much of that is dealt with. */
export function Counts({ group }: { group: FailureGroupFragment }) {
  const parts = [
    [group.open, 'to repair', 'red'],
    [group.repaired, 'repaired', 'green'],
    [putAside(group), 'handled', 'orange'],
  ] as const;
  return (
    <span className="mp-attributes">
      {parts.map(([many, name, color]) =>
        many > 0 ? (
          <Label key={name} isCompact color={color}>
            {count(many)} {name}
          </Label>
        ) : null,
      )}
    </span>
  );
}
