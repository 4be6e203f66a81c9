import { Button } from '@patternfly/react-core';
import { useState } from 'react';

/** A button that copies a text and says so. */
export function Copy({ name, text, done = 'Copied' }: { name: string; text: () => string; done?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text());
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <Button variant="link" size="sm" onClick={() => void copy()}>
      <span aria-live="polite">{isCopied ? done : name}</span>
    </Button>
  );
}
