// The two ways to run a message: tried where nothing gets out, or for real after a question. Ctrl-Enter only ever tries.

import { Button } from '@patternfly/react-core';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { isFocusLost, useKeptFocus } from '../parts/focus';

export type Run = { name: string; command: string; isBusy: boolean; run: () => void };

type Props = {
  /** Missing where nothing can be tried before. */
  dry: Run | undefined;
  real: Run;
  /** What to do first; undefined when it is done. */
  next: 'dry' | 'real' | undefined;
  /** Why neither can be asked for now. */
  hindrances: string[];
  /** The question is open; it has buttons of its own. */
  isAsking: boolean;
};

export function RunBar({ dry, real, next, hindrances, isAsking }: Props) {
  const isBusy = dry?.isBusy || real.isBusy;
  const cannot = hindrances.length > 0;
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
            <Act
              variant={next === 'dry' ? 'primary' : 'secondary'}
              isDisabled={cannot}
              isBusy={isBusy}
              spins={dry.isBusy}
              onClick={dry.run}
            >
              {dry.name}
            </Act>
          )}
          {dry && <CopyCommand command={dry.command} />}
          <Act
            variant={next === 'real' ? 'primary' : 'secondary'}
            isDisabled={cannot}
            isBusy={isBusy}
            spins={real.isBusy}
            onClick={real.run}
          >
            {real.name}
          </Act>
          <CopyCommand command={real.command} />
          {dry && <span className="mp-quiet">Ctrl-Enter: {dry.name.toLowerCase()}</span>}
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
      if (!isFocusLost()) return;
      (before?.isConnected && before !== document.body ? before : form)?.focus();
    };
  }, []);
  return (
    <fieldset ref={place} className="mp-confirm mp-ask" aria-label={label}>
      {children}
      <div className="mp-search-bar">
        <Act ref={button} size="sm" isBusy={isBusy} onClick={confirm}>
          {action}
        </Act>
        <Button size="sm" variant="link" onClick={cancel}>
          Cancel
        </Button>
        {command && <CopyCommand command={command} />}
      </div>
    </fieldset>
  );
}

type KeysProps = {
  run: () => void;
  leave: () => void /** It opened below what asked for it. */;
  scrolls?: boolean;
  children: ReactNode;
};

/** A form with Ctrl-Enter and Escape. What the editor or a menu used up is not seen here. */
export function Keys({ run, leave, scrolls = false, children }: KeysProps) {
  const place = useRef<HTMLDivElement>(null);
  useKeptFocus(place);
  useEffect(() => {
    if (scrolls) place.current?.scrollIntoView({ block: 'nearest' });
  }, [scrolls]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      leave();
    }
  };
  return (
    <div ref={place} className="mp-stack mp-keys mp-first" tabIndex={-1} onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}
