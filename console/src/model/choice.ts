// What the sends that a dry run keeps back are answered, where nobody knows it by itself: a send that failed in the original,
// or one that the original never made.

import type { ContentInput } from './content';
import { short } from './id';
import { type Numbers, numberOf } from './numbers';
import { readable } from './uri';

/** Of a step of the original, or of every call of an address. */
export type Place = { step: number } | { uri: string };

export type Choice =
  /** As another message was answered there. */
  | { is: 'from'; id: string }
  /** As somebody says. */
  | { is: 'given'; text: string }
  /** Really asked: reads over HTTP only. */
  | { is: 'allow' };

export type Chosen = { place: Place; choice: Choice };

export type Stop = {
  stoppedAt?: string | null;
  stoppedBecause?: string | null;
  stoppedStep?: number | null;
  suggestion?: string | null;
  stubs?: { what: string; step?: number | null; answered?: string | null }[];
};

export type ReplyInput = {
  step: number | null;
  uri: string | null;
  from: string | null;
  content: ContentInput | null;
  allow: boolean;
};

/** Where a dry run stopped; undefined when it went to its end. */
export function placeOf({ stoppedAt, stoppedStep }: Stop): Place | undefined {
  if (stoppedStep) return { step: stoppedStep };
  return stoppedAt ? { uri: stoppedAt } : undefined;
}

/** What may be chosen there. Without a step, a reply of another message is that of the call whose address is most like this one. */
export function options(stop: Stop): Choice['is'][] {
  if (/^https?:/.test(stop.stoppedAt ?? '')) return ['from', 'given', 'allow'];
  return stop.stoppedStep ? ['from', 'given'] : ['given'];
}

/** As the server says it of a recording that has a status of 400 or more. */
const WAS_FAILURE = /^its recorded reply was (the failure.*)$/;

const READS = ['GET', 'HEAD'];

/** `the failure (404)`: what a read over HTTP had been answered, at which it stopped. A replay asks it anew, and so can a dry run. */
export function recordedFailure(stop: Stop): string | undefined {
  if (!stop.stoppedStep || !options(stop).includes('allow')) return undefined;
  // The one call without any answer is the one at which it stopped.
  const kept = stop.stubs?.find(({ answered }) => !answered);
  return !kept || READS.includes(kept.what) ? WAS_FAILURE.exec(stop.stoppedBecause ?? '')?.[1] : undefined;
}

/** What is chosen before anybody chooses. */
export function likeliest(stop: Stop): Choice['is'] {
  if (stop.suggestion && options(stop).includes('from')) return 'from';
  return recordedFailure(stop) ? 'allow' : 'given';
}

const isAt = (one: Place, other: Place) => JSON.stringify(one) === JSON.stringify(other);

/** The newest word for a place counts. */
export function choose(all: Chosen[], next: Chosen): Chosen[] {
  return [...without(all, next.place), next];
}

export function without(all: Chosen[], place: Place): Chosen[] {
  return all.filter((one) => !isAt(one.place, place));
}

/** As the API takes them. */
export function toReplies(all: Chosen[]): ReplyInput[] {
  return all.map(({ place, choice }) => ({
    step: 'step' in place ? place.step : null,
    uri: 'uri' in place ? place.uri : null,
    from: choice.is === 'from' ? choice.id : null,
    content: choice.is === 'given' ? { body: choice.text, bodyBase64: null, headers: [] } : null,
    allow: choice.is === 'allow',
  }));
}

/** `5.2.1`, or the address. */
export function placeName(place: Place, known: Numbers): string {
  return 'step' in place ? numberOf(known, place.step) : place.uri;
}

/** The same for people: `step 5.2.1`, `http://prices/TEA-10`. */
export function placeSaid(place: Place, known: Numbers): string {
  return 'step' in place ? `step ${placeName(place, known)}` : readable(place.uri);
}

/** `step 5.2.1: as 8B07 was answered` */
export function says({ place, choice }: Chosen, known: Numbers): string {
  const where = placeSaid(place, known);
  if (choice.is === 'from') return `${where}: as ${short(choice.id)} was answered there`;
  return choice.is === 'allow' ? `${where}: really asked` : `${where}: the reply that you gave`;
}
