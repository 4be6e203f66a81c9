// Which message a line of a log was written for. The runtime's log does not say; a message's own log does.

export type Candidate = { id: string; startedAt: string; durationUs: number };
type Written = { at: string; thread?: string | null; text: string };
type Wanted = { time: string; thread: string; message: string };

/** Clocks of the log and of the tracer are one, but each cuts to its own digits. */
const SLACK_MS = 20;
/** Each costs a question to the server. */
const MOST = 12;

/** Messages that were under way at an instant, those that began last first. */
export function candidates<Row extends Candidate>(rows: Row[], atMs: number): Row[] {
  return rows
    .map((row) => ({ row, from: Date.parse(row.startedAt) }))
    .filter(({ row, from }) => from - SLACK_MS <= atMs && atMs <= from + row.durationUs / 1000 + SLACK_MS)
    .sort((a, b) => b.from - a.from)
    .slice(0, MOST)
    .map(({ row }) => row);
}

/** Whether a message's log holds the line. Its text may have been cut or masked there, so its beginning decides. */
export function wrote(log: Written[], line: Wanted): boolean {
  const at = Date.parse(line.time);
  const [begin] = line.message.split('\n', 1);
  return log.some(
    (one) =>
      Math.abs(Date.parse(one.at) - at) <= SLACK_MS &&
      one.thread === line.thread &&
      (one.text.startsWith((begin ?? '').slice(0, 40)) || (begin ?? '').startsWith(one.text.slice(0, 40))),
  );
}
