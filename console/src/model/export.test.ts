import { expect, test } from 'vitest';
import { cell, csv, fileName, messagesCsv, messagesJson, type Row } from './export';

const row: Row = {
  id: '1',
  startedAt: '2026-11-27T03:04:05Z',
  integration: 'orders',
  environment: 'dev',
  runtime: 'laptop',
  release: '9ab1',
  route: 'line',
  outcome: 'failed',
  durationUs: 1200,
  steps: 4,
  node: 'toD1',
  errorClass: 'java.lang.IllegalStateException',
  error: 'no price for sku "TEA-10", sorry',
  attributes: [{ name: 'sku', value: '=HYPERLINK("http://x")' }],
};

test('a value of a stranger is no formula in a spreadsheet', () => {
  expect(cell('=1+1')).toBe("'=1+1");
  expect(cell('@SUM(A1)')).toBe("'@SUM(A1)");
  expect(cell('A-17')).toBe('A-17');
});

test('quotation marks, commas and line ends stay in their cell', () => {
  expect(csv(['a', 'b'], [['x "y"', 'one\ntwo']])).toBe('a,b\r\n"x ""y""","one\ntwo"\r\n');
});

test('attributes are columns behind the fields', () => {
  const [head, first] = messagesCsv([row, { ...row, attributes: [{ name: 'customer', value: 'ana' }] }]).split('\r\n');
  expect(head?.endsWith('error,customer,sku')).toBe(true);
  expect(first?.endsWith(`"no price for sku ""TEA-10"", sorry",,"'=HYPERLINK(""http://x"")"`)).toBe(true);
});

test('each row is a line of JSON', () => {
  const lines = messagesJson([row, row]).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(['1', '1']);
});

test('a file is named by what it holds and when', () => {
  expect(fileName('messages', new Date('2026-11-27T03:04:05.678Z'), 'csv')).toBe('messages-2026-11-27T03-04-05.csv');
  expect(fileName('../a b', new Date(0), 'log')).toBe('..-a-b-1970-01-01T00-00-00.log');
});
