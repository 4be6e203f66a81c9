// What is likely to be wanted next is loaded while the browser has nothing else to do, so that a click does not wait for it.

import { useEffect } from 'react';

/** Browsers without idle callbacks wait as long as a first paint takes. */
const AFTER_MS = 500;

export const message = () => import('../message/message');

/** Loads a file of the console ahead. One that cannot be had is told when somebody goes there. */
export function useSoon(load: () => Promise<unknown>) {
  useEffect(() => {
    const begin = () => void load().catch(() => undefined);
    if (typeof requestIdleCallback !== 'function') {
      const timer = setTimeout(begin, AFTER_MS);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(begin);
    return () => cancelIdleCallback(idle);
  }, [load]);
}
