// The ways of two messages beside each other: two that ran, as the server compares them, or one that ran and a dry run.

import { target } from './diagram/tree';
import { difference } from './diff';
import { culprits, type Step, title } from './steps';
import { shortened } from './text';
import { duration } from './time';
import { plainly } from './uri';

export type Row = { is: 'both' | 'left' | 'right'; name: string; left: string; right: string; differs: boolean };

const ABSENT = 'not reached';
export const FAILED = 'failed';
/** Of what only passed a failure on; what failed itself is named once. */
export const FAILED_INSIDE = 'failed inside';

type DiffLine = { side: string; left?: Step | null; right?: Step | null };

/** Of the server's comparison. Being slower is no difference. */
export function ofLines(lines: DiffLine[]): Row[] {
  const guilty = (side: 'left' | 'right') => culprits(lines.flatMap((line) => line[side] ?? []));
  const [guiltyLeft, guiltyRight] = [guilty('left'), guilty('right')];
  return lines.flatMap(({ side, left, right }) => {
    const step = left ?? right;
    if (!step) return [];
    const is = side === 'left' || side === 'right' ? side : 'both';
    const differs = is !== 'both' || left?.failed !== right?.failed;
    return [{ is, name: title(step), left: ran(left, guiltyLeft), right: ran(right, guiltyRight), differs }];
  });
}

function ran(step: Step | null | undefined, guilty: ReadonlySet<number>): string {
  if (!step) return ABSENT;
  if (!step.failed) return duration(step.durationUs);
  return guilty.has(step.sequence) ? FAILED : FAILED_INSIDE;
}

export type Said = { name: string; left: string; right: string };

/** Steps that both made and that came to something else: what a called system answered, what was asked of it. */
export function saidDifferently(lines: DiffLine[]): Said[] {
  return lines.flatMap(({ left, right }) => {
    if (!left?.detail || !right?.detail || left.detail === right.detail) return [];
    return [{ name: shortened(title(left), NAMED), left: plainly(left.detail), right: plainly(right.detail) }];
  });
}

/** An address with all its options is for a machine. */
const NAMED = 40;

export type Change = { at: string; part: string; path: string; left?: string | null; right?: string | null };

const POINTS: Record<string, string> = { start: 'at the start', failure: 'where it failed', result: 'in the end' };

/** `body $.lines[0].sku at the start`, bodies first: a header differs oftener than it matters. */
export function ofChanges(changes: Change[]): Said[] {
  const bodies = changes.filter((one) => one.part === 'body');
  return [...bodies, ...changes.filter((one) => one.part !== 'body')].map(({ at, part, path, left, right }) => ({
    name: `${part} ${path} ${POINTS[at] ?? at}`,
    left: left ?? 'none',
    right: right ?? 'none',
  }));
}

export type Visit = { route: string; kind: string; label?: string | null; failed: boolean };

/** Of the original's steps and those of a dry run, whose times mean nothing. */
export function ofDryRun(steps: Step[], visits: Visit[]): Row[] {
  const left = steps.filter((step) => step.kind && step.kind !== 'from');
  const key = (route: string | undefined, kind: string, label: string | null | undefined) =>
    [route ?? '', kind, place(kind, label)].join('\u0000');
  const { lines } = difference(
    left.map((step) => key(step.route, step.kind ?? '', step.label)),
    visits.map((visit) => key(visit.route, visit.kind, visit.label)),
  );
  const guilty = culprits(steps);
  const insides = failedInside(visits);
  let [a, b] = [0, 0];
  return lines.flatMap(({ is }): Row[] => {
    const [step, visit] = [is === 'right' ? undefined : left[a], is === 'left' ? undefined : visits[b]];
    const isInside = visit !== undefined && insides.has(b);
    if (step) a += 1;
    if (visit) b += 1;
    const name = step
      ? title(step)
      : visit
        ? title({ node: '', kind: visit.kind, label: marked(place(visit.kind, visit.label)) })
        : '';
    const differs = is !== 'both' || step?.failed !== visit?.failed;
    return [{ is, name, left: went(step, step && !guilty.has(step.sequence)), right: went(visit, isInside), differs }];
  });
}

function went(one: { failed: boolean } | undefined, isInside = false): string {
  if (!one) return ABSENT;
  if (!one.failed) return 'passed';
  return isInside ? FAILED_INSIDE : FAILED;
}

/** Kinds that run other steps within themselves. */
const HOLDERS = new Set(
  `choice when otherwise split loop multicast filter doTry doCatch doFinally circuitBreaker onFallback pipeline step from
  idempotentConsumer aggregate recipientList kamelet transacted saga loadBalance throttle resequence policy`.split(
    /\s+/,
  ),
);

/** Places of visits that only passed a failure on. A dry run tells no nesting: what holds others is listed before them. */
function failedInside(visits: Visit[]): Set<number> {
  const out = new Set<number>();
  let isLater = false;
  visits.forEach((_, back) => {
    const at = visits.length - 1 - back;
    const visit = visits[at];
    if (!visit?.failed) return;
    const holds = HOLDERS.has(visit.kind) || target({ kind: visit.kind, label: place(visit.kind, visit.label) });
    if (holds && isLater) out.add(at);
    isLater = true;
  });
  return out;
}

/** As the launcher cuts the label of a node. */
const LONGEST_LABEL = 200;

/** A label that was cut ends in a mark. */
const marked = (label: string) => (label.length >= LONGEST_LABEL ? `${label}…` : label);

/**
 * As the launcher cuts a label, so that a node is known again in another JVM: options and identities differ there. One side
 * may have it as `to[sql:insert]`, the other as `sql:insert`.
 */
function place(kind: string, label: string | null | undefined): string {
  const text = label ?? '';
  const inner = text.startsWith(`${kind}[`) ? text.slice(kind.length + 1).replace(/\]$/, '') : text;
  const bare = inner.split('?', 1)[0] ?? '';
  const [slashes, at] = [bare.indexOf('//'), bare.indexOf('@')];
  if (slashes >= 0 && at > slashes) return bare.slice(0, slashes + 2) + bare.slice(at + 1);
  return slashes < 0 && at >= 0 ? bare.slice(0, at) : bare;
}

export type Shown = { is: 'row'; row: Row } | { is: 'fold'; rows: number };

/** Equal rows that stay beside a difference. */
const NEAR = 2;
/** A way that fits on a screen is shown whole. */
const WHOLE = 14;

/** Long stretches in which nothing differs are folded. */
export function folded(rows: Row[], open: boolean): Shown[] {
  if (open || rows.length <= WHOLE) return rows.map((row) => ({ is: 'row', row }));
  const out: Shown[] = [];
  rows.forEach((row, at) => {
    const isNear = rows.slice(Math.max(0, at - NEAR), at + NEAR + 1).some((one) => one.differs);
    const last = out.at(-1);
    if (isNear) out.push({ is: 'row', row });
    else if (last?.is === 'fold') last.rows += 1;
    else out.push({ is: 'fold', rows: 1 });
  });
  return out;
}
