import { expect, test } from 'vitest';
import { ago, bytes, count, duration, moment, share, skew } from './time';

const NOW = Date.parse('2026-11-27T03:00:00Z');

test('an instant is as far away as its largest unit', () => {
  expect(ago('2026-11-27T02:59:48Z', NOW)).toBe('12 s ago');
  expect(ago('2026-11-27T02:58:59Z', NOW)).toBe('1 min ago');
  expect(ago('2026-11-26T03:00:00Z', NOW)).toBe('1 d ago');
  expect(ago('2026-11-27T06:00:00Z', NOW)).toBe('in 3 h');
  expect(ago('2026-11-27T03:00:00Z', NOW)).toBe('now');
  expect(ago(null, NOW)).toBe('never');
  expect(ago('nonsense', NOW)).toBe('never');
});

test('what is to come is rounded to the nearest', () => {
  expect(ago('2026-11-28T02:59:58Z', NOW)).toBe('in 1 d');
  expect(ago('2026-11-27T03:00:59Z', NOW)).toBe('in 59 s');
  expect(ago('2026-11-27T04:59:00Z', NOW)).toBe('in 2 h');
});

test('a clock that is a little off is in step', () => {
  expect([skew(-1), skew(2_400), skew(-90_000), skew(null)]).toEqual([
    'in step with ours',
    '2.4 s ahead of ours',
    '1 min 30 s behind ours',
    '',
  ]);
});

test('a duration keeps two digits that matter', () => {
  expect([0, 870, 1_400, 14_200, 2_140_000, 59_900_000, 185_000_000, 7_260_000_000].map(duration)).toEqual([
    '0 µs',
    '870 µs',
    '1.4 ms',
    '14 ms',
    '2.1 s',
    '60 s',
    '3 min 5 s',
    '2 h 1 min',
  ]);
});

test('what happened is never shown as none', () => {
  expect([share(0, 10), share(1, 100_000), share(1, 20), share(10, 20), share(0, 0)]).toEqual([
    '0 %',
    '< 0.1 %',
    '5.0 %',
    '50 %',
    '0 %',
  ]);
});

test('sizes and counts are short', () => {
  expect([12, 4_200, 412_000_000, 1.2e9].map(bytes)).toEqual(['12 B', '4.2 kB', '412 MB', '1.2 GB']);
  expect([1_204, 124_000, 12_400_000].map(count)).toEqual(['1,204', '124 k', '12 M']);
});

test('a moment of another day says which', () => {
  const at = new Date(2026, 10, 27, 3, 4, 5, 678);
  expect(moment(at.toISOString(), at.getTime() + 1_000)).toBe('03:04:05.678');
  expect(moment(at.toISOString(), at.getTime() + 86_400_000)).toBe('11-27 03:04');
  expect(moment('nonsense', 0)).toBe('');
});
