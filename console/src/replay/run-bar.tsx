// The two ways to run a message: tried where nothing gets out, or for real after a question. One of them is the next step,
// and Ctrl-Enter does it.

import { Button } from '@patternfly/react-core';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { CopyCommand } from '../parts/command';

export type Run = { name: string; command: string; isBusy: boolean; run: () => void };

type Props = {
  /** Missing where nothing can be tried before. */
  dry: Run | undefined;
  real: Run;
  next: 'dry' | 'real';
  /** Why neither can be asked for now. */
  hindrances: string[];
  /** The question is open; it has buttons of its own. */
  isAsking: boolean;
};

export function RunBar({ dry, real, next, hindrances, isAsking }: Props) {
  const isBusy = dry?.isBusy || real.isBusy;
  const cannot = isBusy || hindrances.length > 0;
  return (
    <div className="mp-run">
      {hindrances.length > 0 && (
        <ul className="mp-plain-list mp-why" aria-live="polite">
          {hindrances.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      {!isAsking && (
        <div className="mp-search-bar mp-wrap">
          {dry && (
            <Button
              variant={next === 'dry' ? 'primary' : 'secondary'}
              isDisabled={cannot}
              isLoading={dry.isBusy}
              onClick={dry.run}
            >
              {dry.name}
            </Button>
          )}
          {dry && <CopyCommand command={dry.command} />}
          <Button
            variant={next === 'real' ? 'primary' : 'secondary'}
            isDisabled={cannot}
            isLoading={real.isBusy}
            onClick={real.run}
          >
            {real.name}
          </Button>
          <CopyCommand command={real.command} />
          <span className="mp-quiet">
            Ctrl-Enter: {next === 'dry' ? (dry?.name ?? real.name).toLowerCase() : real.name.toLowerCase()}
          </span>
        </div>
      )}
      {!dry && <p className="mp-quiet">What goes to an endpoint cannot be tried before.</p>}
    </div>
  );
}

type AskProps = {
  label: string;
  action: string;
  command?: string;
  isBusy: boolean;
  confirm: () => void;
  cancel: () => void;
  children: ReactNode;
};

/** What has the focus, within the editor too. */
function focused(): HTMLElement | null {
  const outer = document.activeElement as HTMLElement | null;
  return (outer?.shadowRoot?.activeElement as HTMLElement | null) ?? outer;
}

/** What is about to be done, before it is done. It takes the focus, and gives it back when nothing else took it. */
export function Ask({ label, action, command, isBusy, confirm, cancel, children }: AskProps) {
  const place = useRef<HTMLFieldSetElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const before = focused();
    const form = place.current?.closest<HTMLElement>('.mp-keys');
    button.current?.focus();
    place.current?.scrollIntoView({ block: 'nearest' });
    return () => {
      if (document.activeElement !== document.body) return;
      (before?.isConnected && before !== document.body ? before : form)?.focus();
    };
  }, []);
  return (
    <fieldset ref={place} className="mp-confirm mp-ask" aria-label={label}>
      {children}
      <div className="mp-search-bar">
        <Button ref={button} size="sm" isLoading={isBusy} isDisabled={isBusy} onClick={confirm}>
          {action}
        </Button>
        <Button size="sm" variant="link" onClick={cancel}>
          Cancel
        </Button>
        {command && <CopyCommand command={command} />}
      </div>
    </fieldset>
  );
}

type Keys = { run: () => void; leave: () => void };

/** Ctrl-Enter and Escape of a form. What the editor or a menu used up is not seen here. */
export function onKeys({ run, leave }: Keys) {
  return (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      leave();
    }
  };
}
