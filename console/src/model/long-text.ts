// Texts of a log that would fill a narrow column: the first lines say what happened, the rest is there for who asks.

/** What fits beside the steps without hiding the next line of the log. */
const MOST = 12;
/** Of what is longer: what happened, and where. */
const FIRST = 5;

export type Folded = {
  shown: string;
  /** All lines there are; 0 when none is left out. */
  lines: number;
};

/** A stack trace is always folded, however short: its first line is where it happened. */
export function folded(text: string, stack: string | null | undefined): Folded {
  const [said, frames] = [text.split('\n'), stack ? stack.trimEnd().split('\n') : []];
  const first = said.length > MOST ? said.slice(0, FIRST) : said;
  const shown = [...first, ...frames.slice(0, 1)];
  const lines = said.length + frames.length;
  return { shown: shown.join('\n'), lines: shown.length < lines ? lines : 0 };
}
