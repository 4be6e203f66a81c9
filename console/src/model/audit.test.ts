import { expect, test } from 'vitest';
import { entryLines } from './audit';

test('each fact is a line, what says nothing is left out', () => {
  expect(entryLines('{"name":"shop","integrations":["a","b"],"note":null,"retentionDays":14}')).toEqual([
    ['name', 'shop'],
    ['integrations', 'a, b'],
    ['retention days', '14'],
  ]);
  expect(entryLines('{}')).toEqual([]);
});

test('what is no object is shown as it is, and bounded', () => {
  expect(entryLines('not json')).toEqual([['detail', 'not json']]);
  expect(entryLines(JSON.stringify({ a: 'x'.repeat(900) }))[0]?.[1].length).toBe(303);
});
