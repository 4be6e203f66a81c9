import { expect, test } from 'vitest';
import type { Step } from './steps';
import { folded, ofChanges, ofDryRun, ofLines, type Row, saidDifferently } from './way';

const step = (kind: string, label: string | null = null, failed = false): Step => ({
  sequence: 1,
  parent: 0,
  iteration: 0,
  route: 'line',
  node: kind,
  kind,
  label,
  startUs: 0,
  durationUs: 2_000,
  failed,
  redelivery: 0,
});
const visit = (kind: string, label: string | null = null, failed = false) => ({ route: 'line', kind, label, failed });
const shown = (rows: Row[]) => rows.map((row) => `${row.is}${row.differs ? '!' : ''} ${row.left}/${row.right}`);

test('a step that failed only once differs, one that was slower does not', () => {
  const rows = ofLines([
    { side: 'both', left: step('to'), right: { ...step('to'), durationUs: 9_000 } },
    { side: 'both', left: step('to', null, true), right: step('to') },
    { side: 'left', left: step('throwException', null, true), right: null },
    { side: 'right', left: null, right: step('log') },
  ]);
  expect(shown(rows)).toEqual([
    'both 2.0 ms/9.0 ms',
    'both! failed/2.0 ms',
    'left! failed/not reached',
    'right! not reached/2.0 ms',
  ]);
});

test('what is around a step that failed only failed inside', () => {
  const nested = (sequence: number, parent: number, kind: string, failed: boolean, label: string | null = null) => ({
    ...step(kind, label, failed),
    sequence,
    parent,
  });
  const original = [
    nested(1, 0, 'split', true),
    nested(2, 1, 'to', true, 'direct:line'),
    nested(3, 2, 'throwException', true),
  ];
  const lines = original.map((left) => ({ side: 'both', left, right: { ...left, failed: false } }));
  expect(ofLines(lines).map((row) => row.left)).toEqual(['failed inside', 'failed inside', 'failed']);
  const visits = [
    visit('split', null, true),
    visit('to', 'direct:line', true),
    visit('throwException', null, true),
    visit('to', 'file:rejected'),
  ];
  expect(shown(ofDryRun(original, visits))).toEqual([
    'both failed inside/failed inside',
    'both failed inside/failed inside',
    'both failed/failed',
    'right! not reached/passed',
  ]);
});

test('a label that was cut ends in a mark', () => {
  const [row] = ofDryRun([], [visit('to', `sql:${'x'.repeat(196)}`)]);
  expect(row?.name.endsWith('x…')).toBe(true);
});

test('a dry run is laid beside the original by node, whatever is written behind its name', () => {
  const steps = [
    step('from'),
    step('toD', 'http://u:p@h/a?x=1'),
    step('bean', 'a.B@1f'),
    step('unmarshal', 'unmarshal[a.Json@1f]'),
    step('throwException', null, true),
  ];
  const visits = [
    visit('toD', 'http://h/a'),
    visit('bean', 'a.B@2c'),
    visit('unmarshal', 'unmarshal[a.Json'),
    visit('to', 'sql:insert'),
  ];
  expect(shown(ofDryRun(steps, visits))).toEqual([
    'both passed/passed',
    'both passed/passed',
    'both passed/passed',
    'left! failed/not reached',
    'right! not reached/passed',
  ]);
});

test('what is equal for long is folded, what differs is not', () => {
  const rows = ofLines(
    Array.from({ length: 30 }, (_, at) => ({ side: 'both', left: step('to', null, at === 20), right: step('to') })),
  );
  expect(folded(rows, false).map((one) => (one.is === 'fold' ? one.rows : 'row'))).toEqual([
    18,
    'row',
    'row',
    'row',
    'row',
    'row',
    7,
  ]);
  expect(folded(rows, true)).toHaveLength(30);
});

test('steps that were answered otherwise are named with both answers', () => {
  const asked = (detail: string | null) => ({ ...step('toD', 'http://h'), detail });
  const lines = [
    { side: 'both', left: asked('1 row'), right: asked('1 row') },
    { side: 'both', left: asked('404 http://h/TEA-10'), right: asked('200 http://h/TEA-01') },
    { side: 'both', left: asked(null), right: asked('200 http://h') },
    { side: 'left', left: asked('404 http://h'), right: null },
  ];
  expect(saidDifferently(lines)).toEqual([
    { name: 'toD http:h', left: '404 http://h/TEA-10', right: '200 http://h/TEA-01' },
  ]);
});

test('an address is said without its options', () => {
  const said = (detail: string): Step => ({ ...step('toD', 'x'.repeat(60)), detail });
  const [one] = saidDifferently([
    {
      side: 'both',
      left: said('404 http://h/TEA-10?throwExceptionOnFailure=false'),
      right: said('200 http://h/TEA-01?a=b'),
    },
  ]);
  expect(one).toEqual({ name: `toD ${'x'.repeat(35)}…`, left: '404 http://h/TEA-10', right: '200 http://h/TEA-01' });
});

test('differences of a body stand before those of headers', () => {
  const changes = [
    { at: 'start', part: 'header', path: 'orderId', left: '1', right: null },
    { at: 'start', part: 'body', path: '$.sku', left: 'TEA-10', right: 'TEA-01' },
  ];
  expect(ofChanges(changes)).toEqual([
    { name: 'body $.sku at the start', left: 'TEA-10', right: 'TEA-01' },
    { name: 'header orderId at the start', left: '1', right: 'none' },
  ]);
});
