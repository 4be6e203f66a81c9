// The steps of a message as lines: numbered as a book is, rounds of a split or loop folded, and a bar for each in time.

import { caption } from './caption';
import { plural } from './plural';

export type Step = {
  sequence: number;
  parent: number;
  iteration: number;
  /** The route that the node is of. */
  route?: string;
  node: string;
  kind?: string | null;
  label?: string | null;
  startUs: number;
  durationUs: number;
  failed: boolean;
  redelivery: number;
  detail?: string | null;
};

export type StepLine = {
  is: 'step';
  step: Step;
  number: string;
  depth: number;
  /** Rounds of what it holds; 0 when it holds none. */
  rounds: number;
};

/** Rounds of one step that are not shown, because all went well. */
export type FoldLine = {
  is: 'fold';
  key: string;
  parent: number;
  first: number;
  last: number;
  steps: number;
  depth: number;
};

export type Line = StepLine | FoldLine;

/** Rounds that are shown before the rest is folded: enough to see a pattern. */
const SHOWN_ROUNDS = 3;

/** A `from` is a line of its own; what its route does stands beside it and not below, as on the command line. */
export function lines(steps: Step[], open: ReadonlySet<string>): Line[] {
  const below = new Map<number, Step[]>();
  for (const step of lifted(steps)) below.set(step.parent, [...(below.get(step.parent) ?? []), step]);
  const out: Line[] = [];
  const walk = (parent: number, front: string, depth: number, first: number) => {
    const children = below.get(parent) ?? [];
    let place = first;
    for (const [iteration, round] of rounds(children, parent, open)) {
      if (iteration === undefined) {
        out.push(fold(parent, round, depth));
        continue;
      }
      if (iteration > 0) place = 0;
      for (const step of round) {
        place += 1;
        const number = iteration > 0 ? `${front}${iteration}.${place}` : `${front}${place}`;
        const inside = below.get(step.sequence) ?? [];
        const count = new Set(inside.filter((one) => one.iteration > 0).map((one) => one.iteration)).size;
        out.push({ is: 'step', step, number, depth, rounds: count });
        walk(step.sequence, `${number}.`, depth + 1, 0);
      }
    }
  };
  walk(0, '', 0, 0);
  return out;
}

const isFrom = (step: Step | undefined) => step?.kind === 'from' || step?.node === 'from';

/** Steps of a route stand where its `from` stands; one whose parent is on another page hangs on the message. */
function lifted(steps: Step[]): Step[] {
  const known = new Map(steps.map((step) => [step.sequence, step]));
  return steps.map((step) => {
    let { parent, iteration } = step;
    for (let around = known.get(parent); isFrom(around) && around; around = known.get(parent)) {
      ({ parent, iteration } = around);
    }
    return { ...step, parent: known.has(parent) ? parent : 0, iteration };
  });
}

/** Steps that failed by themselves: those around them only passed the failure on. */
export function culprits(steps: Step[]): Set<number> {
  const out = new Set(steps.filter((step) => step.failed).map((step) => step.sequence));
  for (const step of steps) if (step.failed) out.delete(step.parent);
  return out;
}

/** What the rounds of a step are: the parts of a split, the branches of a multicast, the rounds of a loop. */
const ROUNDS: Record<string, [one: string, more: string]> = {
  split: ['part', 'parts'],
  multicast: ['branch', 'branches'],
};

const roundsOf = (kind: string | null | undefined) => ROUNDS[kind ?? ''] ?? ['round', 'rounds'];

/** `3 parts` */
export function roundsSaid(kind: string | null | undefined, many: number): string {
  return plural(many, ...roundsOf(kind));
}

/** `Parts 4 to 11, nothing failed`, and `Part 4` alone. */
export function foldSaid({ first, last }: Pick<FoldLine, 'first' | 'last'>, kind: string | null | undefined): string {
  const [one, more] = roundsOf(kind);
  const said = first === last ? `${one} ${first}` : `${more} ${first} to ${last}`;
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}, nothing failed`;
}

/** Children by round, in order; `undefined` stands for rounds that are folded. */
function rounds(children: Step[], parent: number, open: ReadonlySet<string>): [number | undefined, Step[]][] {
  const byRound = new Map<number, Step[]>();
  for (const child of children) byRound.set(child.iteration, [...(byRound.get(child.iteration) ?? []), child]);
  const all = [...byRound.entries()].sort(([a], [b]) => a - b);
  if (all.length <= SHOWN_ROUNDS + 1 || open.has(foldKey(parent))) return all;
  const out: [number | undefined, Step[]][] = [];
  all.forEach(([iteration, round], at) => {
    const isShown = at < SHOWN_ROUNDS || round.some((step) => step.failed);
    const last = out.at(-1);
    if (isShown) out.push([iteration, round]);
    else if (last && last[0] === undefined) last[1].push(...round);
    else out.push([undefined, [...round]]);
  });
  return out;
}

export const foldKey = (parent: number) => `rounds-of-${parent}`;

function fold(parent: number, steps: Step[], depth: number): FoldLine {
  const iterations = steps.map((step) => step.iteration);
  const [first, last] = [Math.min(...iterations), Math.max(...iterations)];
  return { is: 'fold', key: foldKey(parent), parent, first, last, steps: steps.length, depth };
}

/** What a step is and what it says: `to sql:insert orders`. */
export function title(step: Pick<Step, 'node' | 'kind' | 'label'>): string {
  if (!step.kind) return step.node;
  const words = caption({ kind: step.kind, label: step.label ?? null });
  return words ? `${step.kind} ${words}` : step.kind;
}

/** Left and width of a step's bar, in parts of the whole. */
export function bar(step: Step, wholeUs: number): { left: number; width: number } {
  const whole = Math.max(1, wholeUs);
  const left = Math.min(1, step.startUs / whole);
  return { left, width: Math.max(0.004, Math.min(1 - left, step.durationUs / whole)) };
}
