import { expect, test } from 'vitest';
import { columnsOf, wide } from './columns';

test('attributes that the server proposes come first, then the frequent ones', () => {
  const row = (...names: string[]) => ({ attributes: names.map((name) => ({ name, value: '1' })) });
  const rows = [row('a', 'b'), row('b'), row('b', 'orderId')];
  expect(columnsOf(rows, ['orderId'], 1)).toEqual(['orderId']);
  expect(columnsOf(rows, ['orderId'], 3)).toEqual(['orderId', 'b', 'a']);
});

test('a column is as wide as its longest text, within bounds', () => {
  expect(wide(['W-001534-271', 'W-1'], 6, 24)).toBe(13);
  expect(wide([], 6, 24)).toBe(7);
  expect(wide(['x'.repeat(90)], 6, 24)).toBe(25);
});
