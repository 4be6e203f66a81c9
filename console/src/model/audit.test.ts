import { expect, test } from 'vitest';
import { entryLines, folded, holds, targetOf } from './audit';

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
  expect(entryLines(JSON.stringify({ a: 'x'.repeat(900) }))[0]?.[1].length).toBe(300);
});

const ID = '01a21f7a-5341-73b3-9023-bc6b74e56349';
const NAMES = new Map([[ID, 'orders']]);

test('what has a name is not shown as an id, and no id is cut', () => {
  const of = (targetKind: string, target: string, detail = '{}') =>
    targetOf({ targetKind, target, detail }, NAMES).text;
  expect(of('route', `${ID}/take`)).toBe('orders / take');
  expect(of('integration', ID)).toBe('orders');
  const gone = '01a21f7a-0000-73b3-9023-bc6b74e56349';
  expect(of('route', `${gone}/take`)).toBe(`${gone} / take`);
  expect(of('runtime', gone, '{"name":"site-a"}')).toBe('site-a');
  expect(of('capture', '/')).toBe('everything');
  expect(entryLines(JSON.stringify({ integration: ID }), NAMES)).toEqual([['integration', 'orders']]);
});

test('facts are said in words', () => {
  expect(entryLines('{"source":"given","fills_in":false}')).toEqual([
    ['content', 'written by hand'],
    ['masked values filled in', 'no'],
  ]);
});

test('an entry is found by any words of it', () => {
  expect(holds(['admin', 'route.stop', 'route', 'orders / take'], 'ADMIN take')).toBe(true);
  expect(holds(['admin', 'route.stop'], 'ana')).toBe(false);
  expect(holds(['admin'], '')).toBe(true);
});

test('what has a screen leads there, and is called as it is there', () => {
  const of = (targetKind: string, target: string, detail: object) =>
    targetOf({ targetKind, target, detail: JSON.stringify(detail) }, NAMES);
  const place = { integration: 'orders', environment: 'dev', route: 'take', fingerprint: '9d26' };
  expect(of('failure_group', 'AZ0=', place)).toEqual({ text: 'orders / take in dev', to: '/failures/AZ0%3D' });
  expect(entryLines(JSON.stringify({ ...place, note: true }), NAMES, 'failure_group')).toEqual([
    ['with a note', 'yes'],
  ]);
  expect(of('replay', ID, { message: '0037B3XK8G000000000001S002' })).toEqual({
    text: '001S002',
    to: '/messages/0037B3XK8G000000000001S002',
  });
  expect(of('bulk_replay', ID, {}).to).toBe(`/replays/${ID}`);
});

test('a list of nothing says nothing', () => {
  expect(entryLines('{"asked":[],"messages":2}')).toEqual([['messages', '2']]);
});

test('dry runs of many are one row', () => {
  const one = (seq: number, action: string, actor = 'ana') => ({ seq, action, actor });
  const rows = folded([
    one(5, 'message.dry_run'),
    one(4, 'message.dry_run'),
    one(3, 'message.dry_run', 'ben'),
    one(2, 'route.stop'),
    one(1, 'route.stop'),
  ]);
  expect(rows.map((row) => row.map(({ seq }) => seq))).toEqual([[5, 4], [3], [2], [1]]);
});
