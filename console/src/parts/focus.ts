// Where the keyboard goes when what it was on gives way to something else. A browser that loses the focused element puts the
// focus on the body, which says nothing to whoever reads or types there.

import { type RefObject, useEffect, useRef } from 'react';

/**
 * An item of a list below an input, which the keys of the input choose from. PatternFly makes the first button of a menu a stop
 * for Tab; here Tab would go to it just before the list closes, because the input is left, and the focus would be gone with it.
 */
export const MENU_ITEM = 'span';

/** As a `ref`: has the focus as soon as it is there. */
export function takeFocus(element: HTMLElement | null): void {
  element?.focus();
}

export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/**
 * As a `ref`: has the focus when what had it is gone; nobody is interrupted. Beside a state, other buttons may stand there than
 * before, and the next Enter would press one of them unseen: there the focus goes to the state, which says what came of it, and
 * Tab goes on to the buttons.
 */
function catchBeside(element: HTMLElement | null): void {
  if (!element || !isFocusLost()) return;
  const state = element.closest<HTMLElement>('.mp-summary-state');
  if (state) state.tabIndex = -1;
  (state ?? element).focus();
}

/** The `ref` of a button that gives way to what it opens: it, or the state beside it, has the focus again when that is closed. */
export function useReturn(isOpen: boolean): ((element: HTMLElement | null) => void) | null {
  const wasOpen = useRef(false);
  if (isOpen) wasOpen.current = true;
  return wasOpen.current ? catchBeside : null;
}

/** Takes the focus to `place` when what had it in there is gone after a change, so that the keys of the place still work. */
export function useKeptFocus(place: RefObject<HTMLElement | null>): void {
  const last = useRef<EventTarget | null>(null);
  useEffect(() => {
    const within = place.current;
    const note = (event: FocusEvent) => {
      last.current = event.target;
    };
    within?.addEventListener('focusin', note);
    return () => within?.removeEventListener('focusin', note);
  }, [place]);
  useEffect(() => {
    if (!(last.current instanceof Node) || last.current.isConnected) return;
    last.current = null;
    if (isFocusLost()) place.current?.focus({ preventScroll: true });
  });
}
