// A part of the page that is shown over all of it for a while, where it stands in the page: nothing in it begins anew, and what
// has the focus keeps it.

import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';

/** As the `ref` of an element that is a `popover` while `isOver`. Escape calls `end`, unless something in it took the key. */
export function useOverPage(isOver: boolean, end: () => void): RefObject<HTMLDivElement | null> {
  const part = useRef<HTMLDivElement>(null);
  const last = useRef(end);
  last.current = end;
  useLayoutEffect(() => {
    // Above everything, whatever it stands in. Without the attribute it is back in its place.
    if (isOver) part.current?.showPopover();
  }, [isOver]);
  useEffect(() => {
    if (!isOver) return;
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) last.current();
    };
    document.addEventListener('keydown', close);
    return () => document.removeEventListener('keydown', close);
  }, [isOver]);
  return part;
}
