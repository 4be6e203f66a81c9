import { Button, ClipboardCopy, TextArea, Tooltip } from '@patternfly/react-core';
import DoneIcon from '@patternfly/react-icons/dist/esm/icons/check-icon';
import TerminalIcon from '@patternfly/react-icons/dist/esm/icons/terminal-icon';
import { useState } from 'react';
import { Copy } from './copy';

/** `Copy as command`: what this page shows or does, for a terminal. What it says stands below it, where no field is. */
export function CopyCommand({ command }: { command: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <>
      <Tooltip
        position="bottom-end"
        entryDelay={isCopied ? 0 : 300}
        content={
          isCopied ? (
            'Copied'
          ) : (
            <>
              Copy as command
              <br />
              <code>{command}</code>
            </>
          )
        }
      >
        <Button
          variant="plain"
          icon={isCopied ? <DoneIcon className="mp-copied" /> : <TerminalIcon />}
          aria-label="Copy as command"
          onClick={() => void copy()}
        />
      </Tooltip>
      {/* The tooltip may be gone with the click; this is said in any case. */}
      <span aria-live="polite" className="pf-v6-screen-reader">
        {isCopied ? 'Copied' : ''}
      </span>
    </>
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

/** A command too long for one line, all of it in sight. */
export function LongCommand({ children, label }: { children: string; label: string }) {
  return (
    <div className="mp-long-command">
      <TextArea
        value={children}
        readOnlyVariant="default"
        resizeOrientation="none"
        aria-label={label}
        className="mp-mono"
        onFocus={(event) => event.target.select()}
      />
      <Copy name="Copy the command" text={() => children} />
    </div>
  );
}
