import { Button, ClipboardCopy, Tooltip } from '@patternfly/react-core';
import TerminalIcon from '@patternfly/react-icons/dist/esm/icons/terminal-icon';
import { useState } from 'react';

/** `Copy as midplane command`: what this page shows or does, for a terminal. */
export function CopyCommand({ command }: { command: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <Tooltip content={isCopied ? 'Copied' : <code>{command}</code>}>
      <Button
        variant="plain"
        icon={<TerminalIcon />}
        aria-label="Copy as midplane command"
        onClick={() => void copy()}
      />
    </Tooltip>
  );
}

/** A command to be copied, shown as it is. */
export function Command({ children, label = 'Command' }: { children: string; label?: string }) {
  return (
    <ClipboardCopy isReadOnly isCode hoverTip="Copy" clickTip="Copied" textAriaLabel={label}>
      {children}
    </ClipboardCopy>
  );
}
