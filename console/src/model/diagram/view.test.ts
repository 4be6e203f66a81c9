import { expect, test } from 'vitest';
import { READABLE, seen, startOf, viewOf, wholeOf } from './view';

const route = { x: 600, y: 100, width: 400, height: 2_000 };
const box = (x: number, y: number) => ({ x, y, width: 200, height: 46 });
const frame = { width: 600, height: 400 };

test('the route of a box begins at the left edge, the box is in the middle of the height', () => {
  expect(viewOf(box(620, 1_000), route, frame, 1)).toEqual({ x: -580, y: -823, zoom: 1 });
});

test('a box far to the right is seen all the same', () => {
  const { x } = viewOf(box(1_400, 1_000), { ...route, width: 1_200 }, frame, 1);
  expect(-x).toBe(1_400 + 200 + 20 - 600);
});

test('a route is not begun above its top', () => {
  expect(viewOf(box(620, 120), route, frame, 1).y).toBe(-80);
});

test('without a route the box is in the middle', () => {
  expect(viewOf(box(0, 0), undefined, frame, 0.5)).toEqual({ x: 250, y: 188.5, zoom: 0.5 });
});

test('a picture that can be read is shown whole, in the middle', () => {
  expect(startOf({ width: 460, height: 260 }, frame)).toEqual({ x: 70, y: 70, zoom: 1 });
  const small = startOf({ width: 700, height: 200 }, frame);
  expect(small).toEqual(wholeOf({ width: 700, height: 200 }, frame));
  expect(seen(small, { x: 0, y: 0, width: 700, height: 200 }, frame)).toBe(true);
});

test('a larger one begins at its start, in letters that can be read', () => {
  expect(startOf({ width: 2_000, height: 300 }, frame)).toEqual({ x: 20, y: 20, zoom: READABLE });
  const tall = startOf({ width: 300, height: 2_000 }, frame);
  expect(tall).toEqual({ x: 150, y: 20, zoom: 1 });
  expect(seen(tall, { x: 0, y: 0, width: 300, height: 2_000 }, frame)).toBe(false);
});
