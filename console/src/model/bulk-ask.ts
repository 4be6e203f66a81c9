// Reads that a dry run of some messages really asks, where what was recorded is the failure that may be gone by now.

import { type Chosen, choose, options, placeOf, type Stop } from './choice';

/** As many in one message; each costs an attempt. */
const MOST = 5;

/** Whether it stopped at a step of the original that can really be asked. The server lets reads through, and nothing else. */
export function isRead(stop: Stop): boolean {
  return Boolean(stop.stoppedStep) && options(stop).includes('allow');
}

const READS = ['GET', 'HEAD'];

type Because = { stoppedBecause?: string | null; stubs: { what: string; answered?: string | null }[] };

/** As the server says why it stopped there: `its recorded reply was the failure (404)`. */
const RECORDED_FAILURE = /^its recorded reply was (the failure.*)$/;

/** `the failure (404)`: what was recorded of a read that it stopped at; undefined where something else stopped it. */
export function failureThere(stop: Stop & Because): string | undefined {
  const kept = stop.stubs.find(({ answered }) => !answered);
  const reads = isRead(stop) && (!kept || READS.includes(kept.what));
  return reads ? RECORDED_FAILURE.exec(stop.stoppedBecause ?? '')?.[1] : undefined;
}

/** What is let through in the next attempt; undefined when another attempt would bring nothing new. */
export function asksNext(chosen: Chosen[], stop: Stop): Chosen[] | undefined {
  const place = placeOf(stop);
  if (!place || !isRead(stop) || chosen.length >= MOST) return undefined;
  const after = choose(chosen, { place, choice: { is: 'allow' } });
  return after.length > chosen.length ? after : undefined;
}
