// Reads that a dry run of some messages really asks, where what was recorded is the failure that may be gone by now.

import { type Chosen, choose, options, placeOf, type Stop } from './choice';

/** As many in one message; each costs an attempt. */
const MOST = 5;

/** Whether it stopped at a step of the original that can really be asked. The server lets reads through, and nothing else. */
export function isRead(stop: Stop): boolean {
  return Boolean(stop.stoppedStep) && options(stop).includes('allow');
}

/** What is let through in the next attempt; undefined when another attempt would bring nothing new. */
export function asksNext(chosen: Chosen[], stop: Stop): Chosen[] | undefined {
  const place = placeOf(stop);
  if (!place || !isRead(stop) || chosen.length >= MOST) return undefined;
  const after = choose(chosen, { place, choice: { is: 'allow' } });
  return after.length > chosen.length ? after : undefined;
}
