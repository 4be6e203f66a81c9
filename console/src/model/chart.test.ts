import { expect, test } from 'vitest';
import { bars, line, saysMessages, saysPasses } from './chart';

const FROM = new Date('2026-11-27T02:00:00Z');
const TO = new Date('2026-11-27T02:04:00Z');
const points = [
  { at: '2026-11-27T02:01:00Z', sum: { count: 10, failed: 2, handled: 3, p95Us: 100 } },
  { at: '2026-11-27T02:03:00Z', sum: { count: 20, failed: 0, handled: 0, p95Us: 50 } },
];

test('a step without a point counted nothing, and the highest bar fills the chart', () => {
  const found = bars(points, FROM, TO, 60);
  expect(found.top).toBe(20);
  expect(found.bars.map((bar) => [bar.good, bar.mid, bar.bad])).toEqual([
    [0, 0, 0],
    [0.25, 0.15, 0.1],
    [0, 0, 0],
    [1, 0, 0],
  ]);
});

test('nothing at all is an empty chart, not a division by zero', () => {
  expect(bars([], FROM, TO, 60).top).toBe(1);
  expect(line([], FROM, TO, (sum) => sum.p95Us)).toEqual({ path: '', top: 1 });
});

test('a line goes from the left to the right and the largest value touches the top', () => {
  expect(line(points, FROM, TO, (sum) => sum.p95Us).path).toBe('M0.2500,0.0000L0.7500,0.5000');
});

test('what passed is said in words', () => {
  const one = { count: 1, failed: 0, handled: 0 };
  expect(saysPasses([one])).toBe('1 pass, 0 of them failed, 0 with a handled error');
  const many = { count: 1204, failed: 20, handled: 2 };
  expect(saysPasses([one, many])).toBe('1,205 passes, 20 of them failed, 2 with a handled error');
  expect(saysMessages(many)).toBe('1,204 messages, 20 of them failed, 2 with a handled error');
});
