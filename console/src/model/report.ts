// What a dry run found, as sentences and rows.

import { type Numbers, numberOf } from './numbers';
import { releases } from './replay';
import type { Tone } from './state';
import { duration } from './time';

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

/** The one line that is read first. */
export function verdict(report: Report, known: Numbers): { tone: Tone; text: string } {
  if (report.stoppedAt) {
    const where = report.stoppedStep ? `step ${numberOf(known, report.stoppedStep)}` : report.stoppedAt;
    const why = report.stoppedBecause || 'nobody knows what it is answered there';
    return { tone: 'held', text: `Stopped at ${where}: ${why}` };
  }
  const [tone, text] = WOULD[report.outcome] ?? ['busy', `Would be ${report.outcome}`];
  return { tone, text: `${text} in ${duration(report.durationUs)}` };
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
  if (stub.title) return stub.title;
  return /^https?:/.test(stub.uri) && stub.what !== 'send' ? `${stub.what} ${stub.uri}` : readable(stub.uri);
}

/** Camel keeps text of SQL within an address encoded. */
function readable(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** What a stub gave back. */
export function stubAnswer({ answered }: Stub): string {
  if (!answered) return 'nothing: the run stopped there';
  return answered === 'unchanged' ? 'what it was given, unchanged' : answered;
}
