// What became of a message that was delivered on request, as its runtime says it.

import { short } from './id';
import { plural } from './plural';
import type { Tone } from './state';
import { clock, duration } from './time';

export type Delivery = {
  kind: string;
  source: string;
  beginBefore: string;
  outcome?: string | null;
  code?: string | null;
  reason?: string | null;
  message?: string | null;
  durationUs?: number | null;
};

const WORDS: Record<string, [tone: Tone, word: string]> = {
  completed: ['good', 'Completed'],
  handled: ['held', 'Failed, and the route handled it'],
  failed: ['bad', 'Failed'],
  unknown: ['held', 'Done; how it ended is not known'],
  not_done: ['bad', 'Not done'],
};

export function isOver(delivery: Pick<Delivery, 'outcome'>): boolean {
  return Boolean(delivery.outcome);
}

/** The newest replay that repaired what it repeats: it completed, or its route handled the error. */
export function repair<One extends Pick<Delivery, 'kind' | 'outcome'>>(newestFirst: One[]): One | undefined {
  return newestFirst.find(
    ({ kind, outcome }) => kind === 'replay' && (outcome === 'completed' || outcome === 'handled'),
  );
}

/** `3 others of this kind are open`: also those that the route put aside; empty when the repaired one was the last. */
export function saysLeft({ count, repaired }: { count: number; repaired: number }): string {
  const left = count - repaired;
  return left > 0 ? `${plural(left, 'other')} of this kind ${left === 1 ? 'is' : 'are'} open` : '';
}

/** Whether a message of this outcome can be repaired at all. */
export function wentWrong(outcome: string): boolean {
  return outcome === 'failed' || outcome === 'handled';
}

/** An outcome that a newer server knows is said as it says it. `repairs`: what it repeats had gone wrong. */
export function became(delivery: Delivery, repairs = false): { tone: Tone; text: string } {
  const { outcome, message, durationUs, beginBefore } = delivery;
  if (!outcome) {
    const until = clock(new Date(beginBefore));
    return {
      tone: 'busy',
      text: `Its runtime has not said yet what became of it. It is not begun after ${until}; you may leave this page.`,
    };
  }
  const [tone, word] = WORDS[outcome] ?? ['busy', outcome.replaceAll('_', ' ')];
  const took = typeof durationUs === 'number' ? ` in ${duration(durationUs)}` : '';
  const said = repairs && outcome === 'completed' ? `Repaired: ${word.toLowerCase()}` : word;
  return { tone, text: `${said}${took}${message ? `, as message ${short(message)}` : ''}` };
}

const SOURCES: Record<string, string> = {
  recorded: 'as it was recorded',
  edited: 'edited first',
  given: 'with a body of its own',
  original: 'with the original that its runtime kept',
};

/** Whose body it was. */
export function sourceSaid(source: string): string {
  return SOURCES[source] ?? source;
}
