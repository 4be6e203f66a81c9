import { expect, test } from 'vitest';
import { empty, flush, MOST, pause, push } from './tail';

const arrive = (from: number, to: number, tail = empty<number>()) => {
  let next = tail;
  for (let at = from; at < to; at += 1) next = push(next, at, 0);
  return next;
};

test('what arrived is shown at once, the newest first', () => {
  expect(flush(arrive(0, 3)).rows).toEqual([2, 1, 0]);
  const still = flush(arrive(0, 3));
  expect(flush(still)).toBe(still);
});

test('a pause holds back and going on shows what waited', () => {
  const paused = pause(flush(arrive(0, 2)));
  const waiting = flush(arrive(2, 4, paused));
  expect(waiting.rows).toEqual([1, 0]);
  expect(pause(waiting).rows).toEqual([3, 2, 1, 0]);
});

test('a pause that is too long loses the oldest and counts them', () => {
  const paused = pause(empty<number>());
  const full = arrive(0, MOST + 10, paused);
  expect([full.waiting.length, full.missed, full.waiting[0]]).toEqual([MOST, 10, 10]);
  expect(push(full, undefined, 5).missed).toBe(15);
});
