import { expect, test } from 'vitest';
import { nothing, take } from './context';
import type { Entry } from './log';

const line = (at: number): Entry => ({
  integration: 'orders',
  time: `2026-11-27T03:00:${String(at).padStart(2, '0')}Z`,
  level: 'INFO',
  logger: 'line',
  thread: 'main',
  message: `m${at}`,
});

test('as many lines before and after as were asked for, and no more', () => {
  let around = nothing<Entry>();
  for (let at = 0; at < 20; at += 1) around = take(around, line(at), line(9), 3);
  expect(around.before.map((one) => one.message)).toEqual(['m6', 'm7', 'm8']);
  expect(around.hit?.message).toBe('m9');
  expect(around.after.map((one) => one.message)).toEqual(['m10', 'm11', 'm12']);
  expect(around.isFull).toBe(true);
});

test('a line that is not there leaves what came last', () => {
  let around = nothing<Entry>();
  for (let at = 0; at < 5; at += 1) around = take(around, line(at), line(30), 2);
  expect(around).toEqual({ before: [line(3), line(4)], hit: undefined, after: [], isFull: false });
});
