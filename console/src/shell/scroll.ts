import { useEffect, useRef } from 'react';
import { NavigationType, useLocation, useNavigationType } from 'react-router';

/**
 * Another screen begins at its top, and Back finds a screen where it was left, as far as it is there already. The browser does
 * both for a document only, and here a pane scrolls. A change of the query is the same screen.
 */
export function useScroll(pane: string): void {
  const { pathname, key, hash } = useLocation();
  const type = useNavigationType();
  const before = useRef(pathname);
  const left = useRef(new Map<string, number>());
  useEffect(() => {
    const element = document.getElementById(pane);
    if (element && before.current !== pathname && !hash)
      element.scrollTop = type === NavigationType.Pop ? (left.current.get(key) ?? 0) : 0;
    before.current = pathname;
    // At the document, because the pane itself comes after the first answer only.
    const note = ({ target }: Event) => {
      if (target instanceof HTMLElement && target.id === pane) left.current.set(key, target.scrollTop);
    };
    document.addEventListener('scroll', note, { capture: true, passive: true });
    return () => document.removeEventListener('scroll', note, { capture: true });
  }, [pane, pathname, key, hash, type]);
}
