import { expect, test } from 'vitest';
import { fixed, fromInputs, label, questionOf, readRange, stepS, terms, toInput } from './range';

const NOW = Date.parse('2026-11-27T03:00:00Z');

test('a span ends now and is the default for nonsense', () => {
  expect(terms(readRange('6h', NOW))).toBe('since:6h');
  expect(readRange('nonsense', NOW).text).toBe('1h');
  expect(readRange(null, NOW).from.toISOString()).toBe('2026-11-27T02:00:00.000Z');
});

test('two instants stay as they are and bound a query on both sides', () => {
  const range = readRange('2026-11-26T10:00:00Z..2026-11-26T11:00:00Z', NOW);
  expect(range.isLive).toBe(false);
  expect(terms(range)).toBe('since:2026-11-26T10:00:00.000Z until:2026-11-26T11:00:00.000Z');
});

test('two instants are called as the browser has them, with seconds when they are close', () => {
  const of = (from: number[], to: number[]) => {
    const iso = ([day = 1, ...time]: number[]) => new Date(2026, 10, day, ...time).toISOString();
    return label(readRange(`${iso(from)}..${iso(to)}`, NOW));
  };
  expect(of([26, 10], [26, 11])).toBe('11-26 10:00 to 11:00');
  expect(of([26, 23], [27, 1])).toBe('11-26 23:00 to 11-27 01:00');
  expect(of([26, 10, 0, 41], [26, 10, 0, 51])).toBe('11-26 10:00:41 to 10:00:51');
});

test('a range that ends before it begins is none', () => {
  expect(readRange('2026-11-26T11:00:00Z..2026-11-26T10:00:00Z', NOW).text).toBe('1h');
});

test('a range that moves can be fixed, and two inputs are one', () => {
  const range = readRange('1h', NOW);
  expect(readRange(fixed(range), NOW + 9_000_000).from).toEqual(range.from);
  const text = fromInputs(toInput(range.from), toInput(range.to));
  expect(readRange(text ?? null, 0).to).toEqual(range.to);
  expect(fromInputs('2026-11-27T03:00', '2026-11-27T03:00')).toBeUndefined();
  expect(fromInputs('', '2026-11-27T03:00')).toBeUndefined();
});

test('a chart has at most sixty points', () => {
  expect(['15m', '1h', '6h', '24h', '7d'].map((text) => stepS(readRange(text, NOW)))).toEqual([
    60, 60, 900, 1800, 10_800,
  ]);
});

test('a question stays the same while its range moves on, and is another with other words or another range', () => {
  const asked = (text: string, environment: string, now = NOW) => {
    const range = readRange(text, now);
    return questionOf({ environment, from: range.from.toISOString(), to: range.to.toISOString() }, range);
  };
  expect(asked('1h', 'dev', NOW + 10_000)).toBe(asked('1h', 'dev'));
  expect(asked('1h', 'prod')).not.toBe(asked('1h', 'dev'));
  expect(asked('6h', 'dev')).not.toBe(asked('1h', 'dev'));
  const fixedHour = (hour: number) => `2026-11-26T${hour}:00:00Z..2026-11-26T${hour + 1}:00:00Z`;
  expect(asked(fixedHour(11), 'dev')).not.toBe(asked(fixedHour(10), 'dev'));
});
