// The words of an exception that matter. Camel wraps what happened: `Multicast processing failed for number 0. Exchange[..].
// Caused by: [java.lang.IllegalArgumentException - no price for sku]`.

import { type Step, title } from './steps';
import { plainly } from './uri';

const CAUSED = /Caused by: \[[\w.$]+ - ([\s\S]*)\]\s*$/;

/** The first line of the innermost cause; the text itself when it names none. */
export function essence(error: string): string {
  const inner = CAUSED.exec(error)?.[1];
  return inner === undefined ? (error.split('\n', 1)[0] ?? '') : essence(inner);
}

/** A stack with the exception that it is of in front of it: tracers send its frames only. */
export function withHead(
  stack: string,
  errorClass: string | null | undefined,
  error: string | null | undefined,
): string {
  if (!errorClass || stack.startsWith(errorClass)) return stack;
  return `${errorClass}${error ? `: ${error}` : ''}\n${stack.replace(/^(?!\s|at |Caused by)(?=.)/gm, '    at ')}`;
}

/** Kinds that call another system, or another route. */
const SENDS = new Set(['to', 'toD', 'enrich', 'pollEnrich', 'poll', 'recipientList', 'wireTap', 'kamelet']);
const REFUSED = /^([45]\d\d)(?:\s+(\S+))?$/;

export type Led = {
  step: number;
  /** `toD http://prices/TEA-10` */
  name: string;
  /** `was answered 404` */
  what: string;
};

/**
 * The call that a failure follows from: the step that failed itself, or the last call before it in the same round, if that was
 * answered with 400 or more, or failed. Routes often look at the answer and throw an error of their own.
 */
export function ledTo(steps: Step[], failedStep: number | undefined): Led | undefined {
  const known = new Map(steps.map((step) => [step.sequence, step]));
  const failed = known.get(failedStep ?? 0);
  if (!failed) return undefined;
  if (refused(failed)) return told(failed);
  if (SENDS.has(failed.kind ?? '')) return undefined;
  /** By the steps around it: the round that it was in. */
  const rounds = new Map<number, number>();
  for (let at: Step | undefined = failed; at; at = known.get(at.parent)) rounds.set(at.parent, at.iteration);
  const last = steps
    .filter((step) => step.sequence < failed.sequence && rounds.get(step.parent) === step.iteration)
    .filter((step) => !rounds.has(step.sequence) && SENDS.has(step.kind ?? '') && (step.detail || step.failed))
    .reduce<Step | undefined>((one, other) => (one && one.sequence > other.sequence ? one : other), undefined);
  return last && (last.failed || refused(last)) ? told(last) : undefined;
}

const refused = (step: Step) => REFUSED.exec(step.detail ?? '');

function told(step: Step): Led {
  const [, status, address] = refused(step) ?? [];
  const name = address ? `${step.kind ?? step.node} ${plainly(address)}` : title(step);
  return { step: step.sequence, name, what: status ? `was answered ${status}` : 'failed' };
}

/** A text in three parts where it names a node (`throwException#1` as `throwException`): before it, its name, and after it. */
export function mention(text: string, node: string | null | undefined): [string, string, string] | undefined {
  const name = node?.replace(/#1$/, '');
  if (!name) return undefined;
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // A node is often called as a word is (`to`): it is the place behind `at`, `before` and the like, or its number makes it plain.
  const found = new RegExp(
    `^(.*?\\b(?:at|before|on|of|above|than|that|how long) )((?:step )?${escaped})(?![\\w#])(.*)$`,
    's',
  ).exec(text);
  return found ? [found[1] ?? '', found[2] ?? '', found[3] ?? ''] : undefined;
}
