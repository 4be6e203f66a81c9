// What a message carried, in the order in which it was kept: which point is before a step, which after it, and which steps
// changed the body. Where less was kept than asked for, the nearest points known stand for it and are called what they are.

import { type Numbers, numberOf } from './numbers';
import { language, pretty } from './text';

export type Carried = {
  step: number;
  point: string;
  contentType?: string | null;
  class?: string | null;
  headers: { name: string; kind: string; value?: string | null }[];
  body?: string | null;
  bodyBase64?: string | null;
  unavailable?: string | null;
  size: number;
  masked: boolean;
  truncated: boolean;
};

type Point = Pick<Carried, 'step' | 'point'>;

/** What stands around the step in the name of a point. */
const POINTS: Record<string, [before: string, after: string]> = {
  failure: ['Where it failed, ', ''],
  before: ['Before ', ''],
  end: ['What ', ' was answered'],
};

const OF_THE_ROUTE: Record<string, string> = { start: 'At the start of the route', end: 'At the end of the route' };

/** The first step of a message is the `from` of its route; what is of no step is of the route too. */
const FIRST_STEP = 1;

/** What is kept at the end of a step is what its call was answered; at the end of the route's own it is what the route came to. */
const isReply = ({ step, point }: Point) => point === 'end' && step > FIRST_STEP;

/** The name of a point; `step` is the part of it that names one. Steps as the table beside it numbers them. */
export function partsOf({ step, point }: Point, known: Numbers): { before: string; step?: string; after: string } {
  const [before, after] = POINTS[point] ?? [];
  if (before === undefined || after === undefined || (point === 'end' && !isReply({ step, point })))
    return { before: OF_THE_ROUTE[point] ?? point, after: '' };
  return { before, step: `step ${numberOf(known, step)}`, after };
}

export function nameOf(point: Point, known: Numbers): string {
  const { before, step = '', after } = partsOf(point, known);
  return `${before}${step}${after}`;
}

const ABSENT: Record<string, string> = {
  stream: 'it was a stream, and reading it would have taken it from the route',
  object: 'it was an object that Camel turns into neither text nor bytes',
  dropped: 'memory was short on the runtime, and bodies are let go first',
  redaction: 'a rule of redaction could not read it, so nothing of it was kept',
  'not asked': 'the capture settings ask for headers only',
  file: 'it was a file that is larger than what is kept of a body, or that could not be read any more',
  error: 'it could not be turned into bytes',
};

/** Why there is no body, as a sentence. */
export function absence(reason: string): string {
  return ABSENT[reason] ?? reason;
}

/** Whether what is recorded can be changed so that bodies to come are kept: other reasons are of the body itself. */
export function isOfSettings(reason: string | null | undefined): boolean {
  return reason === 'not asked';
}

/** Whether anything was kept as a step began, failed or was answered; a message begins with its first step. */
export function isKeptAt(all: Point[], step: number, isFirst: boolean): boolean {
  return all.some((one) => {
    if (one.point === 'start') return isFirst;
    return one.step === step && (one.point !== 'end' || isReply(one));
  });
}

/** A place in time: what was seen before a step stands before what was seen as it failed or was answered. */
function place({ step, point }: Point): number {
  if (point === 'start') return Number.NEGATIVE_INFINITY;
  if (point === 'end' && !isReply({ step, point })) return Number.POSITIVE_INFINITY;
  return point === 'before' ? step : step + 0.5;
}

export function ordered<One extends Carried>(all: One[]): One[] {
  return [...all].sort((a, b) => place(a) - place(b));
}

/** The nearest points known on both sides of a step. */
export function around<One extends Carried>(
  all: One[],
  step: number,
): { before: One | undefined; after: One | undefined } {
  const known = ordered(all);
  return {
    before: known.findLast((one) => place(one) <= step),
    after: known.find((one) => place(one) > step),
  };
}

const content = (one: Carried) => one.body ?? one.bodyBase64 ?? '';
const isKnown = (one: Carried) => !one.unavailable && !one.truncated;

/** Steps before which the body is known and after which it is another. */
export function changing(all: Carried[]): Set<number> {
  const out = new Set<number>();
  const known = ordered(all);
  known.forEach((one, at) => {
    const next = known[at + 1];
    if (one.point !== 'before' || !next || !isKnown(one) || !isKnown(next)) return;
    if (content(one) !== content(next)) out.add(one.step);
  });
  return out;
}

/** Whether enough was kept to say which steps changed the body. */
export function tellsChanges(all: Carried[]): boolean {
  return all.some((one) => one.point === 'before');
}

/** Headers and body as lines to compare: headers by name, a body laid out where it can be. */
export function comparable(one: Carried): { headers: string[]; body: string[] } {
  const body = one.body ?? '';
  const headers = one.headers.map((header) =>
    header.kind === 'masked' ? `${header.name}: masked` : `${header.name}: ${header.value ?? header.kind}`,
  );
  return { headers: headers.sort(), body: body ? pretty(body, language(body, one.contentType)).split('\n') : [] };
}
