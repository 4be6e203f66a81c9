// A replay as it is being decided: what goes in, where, what is answered in a dry run, and what has to be said before it is
// done for real. Plain values; the screen keeps one `Form` and asks here what it means.

import type { Chosen } from './choice';
import { toReplies } from './choice';
import { type Content, isSame, NOTHING, ofRecorded, problems, toInput } from './content';
import { remaining } from './masks';
import { type Numbers, numberOf } from './numbers';
import { clock } from './time';

export type Target =
  /** At the start of the route that it began on. */
  | { at: 'start' }
  | { at: 'route'; route: string }
  /** As a new message; nothing can be tried before. */
  | { at: 'endpoint'; endpoint: string };

export type Form = {
  target: Target;
  content: Content;
  wantsReply: boolean;
  chosen: Chosen[];
  /** Somebody means it, although values are masked. */
  sendsMasks: boolean;
};

export type Plan = {
  startedAt: string;
  route: string;
  effects: { step: number; what: string; atUs: number }[];
  refusalCode?: string | null;
  refusal?: string | null;
  body?: string | null;
  bodyBase64?: string | null;
  headers: { name: string; kind: string; value?: string | null }[];
  /** Its runtime fills in the masks that are left alone, from the original that it keeps. */
  masked?: boolean;
  warnings?: string[];
  leftOut: string[];
  /** The release that the original ran on, and the one that runs now. */
  ranOn?: string | null;
  runsOn?: string | null;
  changed?: boolean | null;
};

/** What goes in when nobody edits it; undefined: what was recorded cannot. */
export function recorded(plan: Plan): Content | undefined {
  return plan.refusal ? undefined : ofRecorded(plan);
}

type Kept = Parameters<typeof ofRecorded>[0] & { point: string; step: number };
/** Set anew by whoever calls, as the server leaves them out. */
const OF_THE_CALL = ['traceparent', 'tracestate'];

/** What is edited when what was recorded cannot go in: whatever was kept of it, masks and all. */
export function draft(kept: Kept[]): Content {
  const start = kept.find((one) => one.point === 'start');
  if (!start) return NOTHING;
  const headers = start.headers.filter((header) => !OF_THE_CALL.includes(header.name.toLowerCase()));
  return ofRecorded({ ...start, headers: headers.map(timed) });
}

/** Payloads show an instant as people read it; a header is given in milliseconds. */
function timed<One extends { kind: string; value?: string | null }>(header: One): One {
  if (header.kind !== 'instant') return header;
  return { ...header, value: String(Date.parse(header.value ?? '') || 0) };
}

export function begin(content: Content): Form {
  return { target: { at: 'start' }, content, wantsReply: false, chosen: [], sendsMasks: false };
}

export function isEdited(form: Form, kept: Content | undefined): boolean {
  return kept === undefined || !isSame(form.content, kept);
}

/** What is wrong with a new message; empty when it can be asked for. */
export function faults({ content, target }: Form): string[] {
  const out = problems(content);
  if (target.at === 'route' && !target.route) out.push('Choose a route.');
  if (target.at === 'endpoint' && !target.endpoint) out.push('Write the address of an endpoint, as seda:bulk.');
  return out;
}

/** Why a replay cannot be asked for, neither dry nor for real; empty when it can. `fills`: masks are filled in on the runtime. */
export function hindrances(form: Form, kept: Content | undefined, from: Content, fills = false): string[] {
  const out = faults(form);
  if (!isEdited(form, kept) || form.sendsMasks || fills) return out;
  const masked = remaining(form.content);
  if (masked.length > 0) out.push(`Fill in what is masked: ${masked.join(', ')}.`);
  else if (kept === undefined && isSame(form.content, from)) out.push('Give it a body first.');
  return out;
}

/** Variables of `dryReplay` and `replayMessage` that both have. */
export function toVariables(form: Form, kept: Content | undefined) {
  return {
    route: form.target.at === 'route' ? form.target.route : null,
    content: isEdited(form, kept) ? toInput(form.content) : null,
  };
}

export function endpointOf({ target }: Form): string | null {
  return target.at === 'endpoint' ? target.endpoint : null;
}

/** What a dry run is about: another stamp, and its report is of something else. */
export function stamp(form: Form): string {
  return JSON.stringify([form.target, toInput(form.content)]);
}

/** The same with what stubs are answered. */
export function dryStamp(form: Form): string {
  return JSON.stringify([stamp(form), toReplies(form.chosen)]);
}

/** What the first button does: a dry run until this very message was tried, then the replay. */
export function step(form: Form, tried: string | undefined): 'dry' | 'real' {
  if (form.target.at === 'endpoint') return 'real';
  return tried === stamp(form) ? 'real' : 'dry';
}

/** `Then release 4f2c, now 9ab1; this route changed.` */
export function releases({ ranOn, runsOn, changed }: Pick<Plan, 'ranOn' | 'runsOn' | 'changed'>): string {
  if (!runsOn) return 'No release runs there now.';
  if (!ranOn || ranOn === runsOn) return `It runs on release ${runsOn}${ranOn ? ', as the original did' : ''}.`;
  const route =
    changed === true
      ? 'this route changed'
      : changed === false
        ? 'this route did not change'
        : 'whether this route changed is not known';
  return `Then release ${ranOn}, now ${runsOn}; ${route}.`;
}

export type Effect = { step: number; number: string; what: string; at: string };

/** What the original has done and a replay does again. */
export function effects(plan: Plan, known: Numbers): Effect[] {
  const started = Date.parse(plan.startedAt);
  return plan.effects.map(({ step, what, atUs }) => ({
    step,
    number: numberOf(known, step),
    what,
    at: Number.isNaN(started) ? '' : clock(new Date(started + atUs / 1000)),
  }));
}
