import { expect, test } from 'vitest';
import { candidates, wrote } from './writer';

const row = (id: string, startedAt: string, ms: number) => ({ id, startedAt, durationUs: ms * 1000 });
const AT = Date.parse('2026-11-27T03:00:05.000Z');

test('only messages under way at the time may have written a line', () => {
  const rows = [
    row('before', '2026-11-27T03:00:01.000Z', 500),
    row('long', '2026-11-27T03:00:01.000Z', 9_000),
    row('own', '2026-11-27T03:00:04.990Z', 30),
    row('later', '2026-11-27T03:00:06.000Z', 10),
  ];
  expect(candidates(rows, AT).map((one) => one.id)).toEqual(['own', 'long']);
});

test('the line is known by its time, thread and beginning', () => {
  const line = { time: '2026-11-27T03:00:05.000Z', thread: 't1', message: 'order A-17 stored\nmore' };
  const written = { at: '2026-11-27T03:00:05.000400Z', thread: 't1', text: 'order A-17 stored' };
  expect(wrote([written], line)).toBe(true);
  expect(wrote([{ ...written, thread: 't2' }], line)).toBe(false);
  expect(wrote([{ ...written, text: 'order B-1 stored' }], line)).toBe(false);
  expect(wrote([{ ...written, at: '2026-11-27T03:00:06Z' }], line)).toBe(false);
});
