import { request } from '../api/client';
import { MessageLogDocument, MessagesDocument } from '../api/generated';
import { term } from '../model/query';
import { type Candidate, candidates, wrote } from '../model/writer';
import type { Line } from './follow';

/** How far back a message may have begun that wrote a line: most take less, and each candidate costs a question. */
const BACK_MS = 10 * 60_000;
const ROWS = 200;

/** The message that was worked on when a line was written: among those under way then, the one whose own log has it. */
export async function messageOf(line: Line, now: number, signal: AbortSignal): Promise<string | undefined> {
  const at = Date.parse(line.time);
  const since = new Date(at - BACK_MS).toISOString();
  const until = new Date(Math.min(now, at + 1_000)).toISOString();
  const query = `${term('integration', line.integration)} since:${since} until:${until}`;
  const found = await request(MessagesDocument, { query, first: ROWS, after: null }, signal);
  const rows: Candidate[] = found.messages.nodes;
  for (const row of candidates(rows, at)) {
    const { messageLog } = await request(MessageLogDocument, { id: row.id }, signal);
    if (wrote(messageLog, line)) return row.id;
  }
  return undefined;
}
