// What a live tail shows and what waits. Values, so that the same input always shows the same.

export type Tail<Row> = {
  /** Shown, the newest first. */
  rows: Row[];
  /** Arrived since the last flush, the oldest first. */
  waiting: Row[];
  /** Neither shown nor waiting: the server dropped them, or the buffer was full. */
  missed: number;
  isPaused: boolean;
};

/** A few screens to scroll back; more is a search. */
export const MOST = 2_000;

export function empty<Row>(): Tail<Row> {
  return { rows: [], waiting: [], missed: 0, isPaused: false };
}

export function push<Row>(tail: Tail<Row>, row: Row | undefined, missed: number): Tail<Row> {
  if (row !== undefined) tail.waiting.push(row);
  const over = Math.max(0, tail.waiting.length - MOST);
  if (over > 0) tail.waiting.splice(0, over);
  return { ...tail, missed: tail.missed + missed + over };
}

/** Shows what waits, unless it is paused; the same value when nothing changes. */
export function flush<Row>(tail: Tail<Row>): Tail<Row> {
  if (tail.isPaused || tail.waiting.length === 0) return tail;
  const rows = [...tail.waiting.reverse(), ...tail.rows].slice(0, MOST);
  return { ...tail, rows, waiting: [] };
}

export function pause<Row>(tail: Tail<Row>): Tail<Row> {
  return flush({ ...tail, isPaused: !tail.isPaused });
}
