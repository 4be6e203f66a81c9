import { Button } from '@patternfly/react-core';
import { useState } from 'react';

type Props = { name: string; text: () => string; done?: string; isInline?: boolean };

/** A button that copies a text and says so. */
export function Copy({ name, text, done = 'Copied', isInline = false }: Props) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text());
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <Button variant="link" size="sm" isInline={isInline} onClick={() => void copy()}>
      <span aria-live="polite">{isCopied ? done : name}</span>
    </Button>
  );
}
