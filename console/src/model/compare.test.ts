import { expect, test } from 'vitest';
import { change, pairs } from './compare';

const sum = (count: number) => ({ count, failed: 0, meanUs: 1, p95Us: 2 });

test('nodes of both stand side by side, those that are gone at the end', () => {
  const left = [
    { node: 'a', sum: sum(1) },
    { node: 'gone', sum: sum(2) },
  ];
  const right = [
    { node: null, sum: sum(9) },
    { node: 'a', sum: sum(3) },
    { node: 'new', sum: sum(4) },
  ];
  expect(pairs(left, right).map((one) => [one.node, one.left?.count, one.right?.count])).toEqual([
    [null, undefined, 9],
    ['a', 1, 3],
    ['new', undefined, 4],
    ['gone', 2, undefined],
  ]);
});

test('a change is said as people say it', () => {
  expect(change(100, 130)).toBe('+30 %');
  expect(change(100, 88)).toBe('-12 %');
  expect(change(100, 310)).toBe('3.1 times');
  expect(change(100, 102)).toBe('the same');
  expect(change(undefined, 5)).toBe('');
});
