import { expect, test } from 'vitest';
import { isSlower } from './usual';

const usual = new Map([
  ['line/to1', { count: 100, p95Us: 1_000 }],
  ['line/to2', { count: 3, p95Us: 1_000 }],
]);
const step = (node: string, durationUs: number) => ({ route: 'line', node, durationUs });

test('a step is slow beyond what 95 of 100 take at its node', () => {
  expect(isSlower(step('to1', 1_001), usual)).toBe(true);
  expect(isSlower(step('to1', 1_000), usual)).toBe(false);
});

test('a node that few passed has no usual time', () => {
  expect(isSlower(step('to2', 90_000), usual)).toBe(false);
  expect(isSlower(step('to3', 90_000), usual)).toBe(false);
});
