// Lines of a log as text.

export type Entry = {
  integration: string;
  time: string;
  level: string;
  logger: string;
  thread: string;
  message: string;
  stack?: string | null;
};

export const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

/** `org.apache.camel.component.Timer` -> `o.a.c.c.Timer`: the end is what tells loggers apart. */
export function shortLogger(logger: string): string {
  const parts = logger.split('.');
  return parts.map((part, at) => (at < parts.length - 1 ? part.charAt(0) : part)).join('.');
}

export function logText(line: Entry): string {
  const front = `${line.time} ${line.level.padEnd(5)} ${line.integration} ${line.logger} [${line.thread}]`;
  return `${front} ${line.message}${line.stack ? `\n${line.stack}` : ''}`;
}

/** The parts of a text that hold what is looked for, and those between, in order. */
export function hits(text: string, wanted: string): { text: string; isHit: boolean }[] {
  if (!wanted) return [{ text, isHit: false }];
  const out: { text: string; isHit: boolean }[] = [];
  const [hay, needle] = [text.toLowerCase(), wanted.toLowerCase()];
  let at = 0;
  for (let hit = hay.indexOf(needle); hit >= 0; hit = hay.indexOf(needle, at)) {
    if (hit > at) out.push({ text: text.slice(at, hit), isHit: false });
    out.push({ text: text.slice(hit, hit + needle.length), isHit: true });
    at = hit + needle.length;
  }
  if (at < text.length) out.push({ text: text.slice(at), isHit: false });
  return out;
}

/** Lines of a stack that are shown: what was thrown, and where. */
const SHOWN_LINES = 2;

/** A stack as its first lines and the rest; one line more is shown instead of hidden. */
export function folded(stack: string): { first: string; rest: string; more: number } {
  const lines = stack.trimEnd().split('\n');
  const shown = lines.length <= SHOWN_LINES + 1 ? lines.length : SHOWN_LINES;
  return { first: lines.slice(0, shown).join('\n'), rest: lines.slice(shown).join('\n'), more: lines.length - shown };
}
