import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { advice } from './refusal';

test('every refusal of one delivery says what to do next', () => {
  const bulk = ['MP-RPL-15', 'MP-RPL-16', 'MP-RPL-17', 'MP-RPL-19'];
  const pages = readdirSync(join(import.meta.dirname, '../../../docs/errors'));
  const codes = pages.map((name) => name.replace('.md', '')).filter((code) => /^MP-(RPL|ROUTE)-/.test(code));
  const silent = codes.filter((code) => !bulk.includes(code) && !advice(code));
  expect(silent).toEqual([]);
});

test('what has no code is advised by its kind', () => {
  expect(advice('', 'forbidden')?.next).toContain('Ask an owner');
  expect(advice('MP-API-99', 'internal')).toBeUndefined();
});
