// What a dry run found, as sentences and rows.

import { type Numbers, numberOf } from './numbers';
import { releases } from './replay';
import type { Tone } from './state';
import type { Step } from './steps';
import { duration } from './time';
import { plainly, readable } from './uri';

export type Stub = {
  uri: string;
  what: string;
  bytes: number;
  answered?: string | null;
  step?: number | null;
  title?: string | null;
};

export type Report = {
  outcome: string;
  durationUs: number;
  stoppedAt?: string | null;
  stoppedBecause?: string | null;
  stoppedStep?: number | null;
  stubs: Stub[];
  differsAt?: number | null;
  ranOn?: string | null;
  runsOn?: string | null;
  changed?: boolean | null;
};

const WOULD: Record<string, [tone: Tone, text: string]> = {
  completed: ['good', 'Would complete'],
  handled: ['held', 'Would fail, and the route would handle it'],
  failed: ['bad', 'Would fail'],
};

/** As the launcher says where a reply came from: of the original, or of another message. */
const RECORDED = /^reply (?:of step \d+|from \w+)$/;

/** As the launcher says of a reply that somebody wrote. */
const WRITTEN = 'reply of the caller';

/**
 * Calls that were not made and whose answer was left open: no recording knows it, and nobody wrote it. To look whether there is
 * something (`poll`) changes nothing.
 */
export function unmade(stubs: Stub[]): Stub[] {
  return stubs.filter(({ what, answered }) => what !== 'poll' && !isAnswered(answered ?? ''));
}

const isAnswered = (answered: string) => answered === REALLY || answered === WRITTEN || RECORDED.test(answered);

/** What a good end of a dry run depends on; empty when it depends on nothing: `, if the call that was not made goes well`. */
export function provided(stubs: Stub[]): string {
  const open = unmade(stubs).length;
  if (open === 0) return '';
  return open === 1 ? ', if the call that was not made goes well' : `, if the ${open} calls that were not made go well`;
}

/** `step 8 sql insert orders`, equal ones once; `steps` says whether there are steps of an original. */
export function unmadeNames(stubs: Stub[], known: Numbers, hasSteps: boolean): string[] {
  const counts = new Map<string, number>();
  for (const stub of unmade(stubs)) {
    const where = hasSteps && stub.step ? `step ${numberOf(known, stub.step)} ` : '';
    const name = `${where}${stubName(stub)}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count > 1 ? `${name} (${count} times)` : name));
}

/** The one line that is read first. */
export function verdict(report: Report, known: Numbers): { tone: Tone; text: string } {
  if (report.stoppedAt) {
    const where = report.stoppedStep ? `step ${numberOf(known, report.stoppedStep)}` : readable(report.stoppedAt);
    const why = report.stoppedBecause || 'nobody knows what it is answered there';
    return { tone: 'held', text: `Stopped at ${where}: ${why}` };
  }
  const [tone, text] = WOULD[report.outcome] ?? ['busy', `Would be ${report.outcome}`];
  const condition = report.outcome === 'completed' ? provided(report.stubs) : '';
  if (condition) return { tone: 'held', text: `${text}${condition}` };
  return { tone, text: `${text} in ${duration(report.durationUs)}` };
}

/** Whether what was tried would come to a good end. */
export function wouldComplete({ outcome, stoppedAt }: Pick<Report, 'outcome' | 'stoppedAt'>): boolean {
  return !stoppedAt && outcome === 'completed';
}

/** As a step says what it was answered: `404 http://prices/TEA-10`. */
const ANSWERED = /^\d{3}\s+(\S+)$/;

/** What it asks where it stopped, and for what else the answer is recorded there: an edited message may ask for another thing. */
export function asked({ stoppedAt, stoppedStep }: Report, steps: Step[]): string | undefined {
  if (!stoppedAt) return undefined;
  const now = readable(stoppedAt);
  const detail = steps.find((step) => step.sequence === stoppedStep)?.detail ?? '';
  const recorded = readable(ANSWERED.exec(detail)?.[1] ?? '');
  const isKnown = recorded && !`${now}${recorded}`.includes('…');
  if (!isKnown || plainly(now) === plainly(recorded)) return `It would have asked ${now}`;
  return `It asks ${plainly(now)} now; what is recorded is the answer for ${plainly(recorded)}.`;
}

/** Where it was tried. */
export function sandbox(report: Report): string {
  const { ranOn, runsOn, changed } = report;
  if (runsOn && ranOn && ranOn !== runsOn)
    return `Tried in a sandbox. ${releases({ ranOn, runsOn, changed: changed ?? null })}`;
  const release = runsOn ?? ranOn;
  return release ? `Tried in a sandbox of release ${release}.` : 'Tried in a sandbox of the release that runs.';
}

/** Whether its way was the original's; undefined when it did not come to an end. */
export function waySaid(report: Report, known: Numbers): string | undefined {
  if (report.stoppedAt) return undefined;
  return report.differsAt
    ? `From step ${numberOf(known, report.differsAt)} on it goes another way than the original.`
    : 'It goes the way of the original.';
}

/** As the step of the original is called, else the address as people write it; over HTTP with its method. */
export function stubName(stub: Stub): string {
  const isHttp = /^https?:/.test(stub.uri);
  if (stub.title && !(isHttp && asksElsewhere(stub.title, stub.uri))) return stub.title;
  return isHttp && stub.what !== 'send' ? `${stub.what} ${readable(stub.uri)}` : readable(stub.uri);
}

/** An edited message may ask for another thing than the step did that it stands for: `http prices/TEA-10`, now `TEA-01`. */
function asksElsewhere(title: string, uri: string): boolean {
  const said = title.replace(/^\S+ /, '').split('?', 1)[0] ?? '';
  const last = (text: string) => text.split('/').filter(Boolean).at(-1);
  return said.includes('/') && last(said) !== last(readable(uri.split('?', 1)[0] ?? ''));
}

/** As the launcher says of a read that somebody allowed. */
const REALLY = 'really asked';

export function isReal({ answered }: Stub): boolean {
  return answered === REALLY;
}

/** What left the machine all the same. */
export function leftSaid(stubs: Stub[]): string {
  const reads = stubs.filter(isReal).length;
  if (reads === 0) return 'Nothing left the machine.';
  return `Nothing left the machine except ${reads === 1 ? '1 read' : `${reads} reads`} that you allowed.`;
}

/** What became of a send: what was allowed really went out, everything else was kept back and answered. */
export function stubFate(stub: Stub): string {
  const { answered } = stub;
  if (isReal(stub)) return REALLY;
  if (!answered) return 'not sent; the run stopped there';
  if (answered === 'unchanged') return 'not sent; the route went on with the same body';
  if (/^reply of step \d+$/.test(answered)) return 'not sent; answered as recorded';
  if (answered === WRITTEN) return 'not sent; answered as you wrote';
  const other = /^reply from (\w+)$/.exec(answered)?.[1];
  return other ? `not sent; answered as ${other} was` : `not sent: ${answered}`;
}
