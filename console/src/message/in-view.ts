// On a small screen the tabs are below the diagram and the steps: who is led to one of them is shown it.

import { type RefObject, useEffect, useRef } from 'react';
import { useLocation, useNavigationType } from 'react-router';

/** So much of it has to be seen that one knows what it is. */
const SEEN_PX = 160;

/** `isAsked`: the address that opened the page is about the tabs. `isLaid`: what stands above them has its height. */
export function useInView(place: RefObject<HTMLElement | null>, isAsked: boolean, isLaid: boolean): void {
  const { key } = useLocation();
  const kind = useNavigationType();
  const shown = useRef(isAsked ? '' : key);
  useEffect(() => {
    // Changes in place (a step, a tab that was clicked) replace the address; only a link leads somewhere.
    if (!isLaid || shown.current === key) return;
    const isFirst = shown.current === '';
    shown.current = key;
    if (kind !== 'PUSH' && !isFirst) return;
    const top = place.current?.getBoundingClientRect().top ?? 0;
    if (top > innerHeight - SEEN_PX) place.current?.scrollIntoView({ block: 'start' });
  }, [place, key, kind, isLaid]);
}
