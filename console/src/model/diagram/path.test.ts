import { expect, test } from 'vitest';
import type { Step } from '../steps';
import { path } from './path';

const node = (key: string, kind: string, parent: number, label: string | null = null) => ({
  node: key,
  kind,
  label,
  parent,
  line: 0,
});
const step = (sequence: number, parent: number, key: string, failed = false): Step => ({
  sequence,
  parent,
  iteration: 0,
  node: key,
  startUs: 0,
  durationUs: 10,
  failed,
  redelivery: 0,
});

const INBOX = {
  name: 'inbox',
  from: 'file://inbox',
  nodes: [
    node('from', 'from', 0),
    node('to#1', 'to', 1, 'direct:invoice'),
    node('choice#1', 'choice', 1),
    node('when#1', 'when', 3),
    node('log#1', 'log', 4),
  ],
};
const INVOICE = {
  name: 'invoice',
  from: 'direct://invoice',
  nodes: [node('from', 'from', 0), node('to#1', 'to', 1, 'sql:x')],
};

test('equal keys are told apart by the step around them', () => {
  const found = path([step(1, 0, 'to#1'), step(2, 1, 'to#1', true)], [INBOX, INVOICE], 'inbox');
  expect([...found.boxes]).toEqual([
    [1, 'inbox/to#1'],
    [2, 'invoice/to#1'],
  ]);
  expect(found.steps.map((one) => one.label)).toEqual(['direct:invoice', 'sql:x']);
  expect(found.visits.get('invoice/to#1')).toEqual({ count: 1, failed: true, durationUs: 10 });
});

test('a way that something in it was reached by was passed', () => {
  const found = path([step(1, 0, 'log#1')], [INBOX], 'inbox');
  expect([...found.visits.keys()].sort()).toEqual(['inbox/choice#1', 'inbox/from', 'inbox/log#1', 'inbox/when#1']);
});

test('a step of a node that no route has is on no box', () => {
  const found = path([step(1, 0, 'gone#1')], [INBOX], 'inbox');
  expect(found.boxes.size).toBe(0);
});
