import { Button, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { useParameters } from '../shell/scope';

/** Another message to lay beside this one; the address has its id. */
export function CompareWith({ other }: { other: string | null }) {
  const [, change] = useParameters();
  const [id, setId] = useState(other ?? '');
  const isThere = id.trim() !== '';
  return (
    <form
      className="mp-search-bar mp-wrap"
      onSubmit={(event) => {
        event.preventDefault();
        if (isThere) change({ with: id.trim() });
      }}
    >
      <div className="mp-grow">
        <TextInput
          value={id}
          onChange={(_, value) => setId(value)}
          aria-label="Id of the message to compare with"
          placeholder="Id of a message"
        />
      </div>
      <Button type="submit" variant="secondary" isDisabled={!isThere}>
        Compare
      </Button>
      {other && (
        <Button variant="link" isInline onClick={() => change({ with: null })}>
          With the last success
        </Button>
      )}
    </form>
  );
}
