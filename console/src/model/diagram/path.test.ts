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
const step = (sequence: number, parent: number, route: string, key: string, failed = false): Step => ({
  sequence,
  parent,
  iteration: 0,
  route,
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

const REJECT = {
  name: 'reject',
  from: 'direct://reject',
  nodes: [node('from', 'from', 0, 'direct:reject'), node('to#1', 'to', 1, 'file:rejected')],
};

test('a step stands in the route that it names, whatever is around it', () => {
  const steps = [
    step(1, 0, 'inbox', 'to#1', true),
    step(2, 1, 'invoice', 'from', true),
    step(3, 2, 'invoice', 'to#1', true),
    // The dead letter channel enters its route within the step that it caught.
    step(4, 2, 'reject', 'from'),
    step(5, 4, 'reject', 'to#1'),
  ];
  const found = path(steps, [INBOX, INVOICE, REJECT], 'inbox');
  expect([...found.boxes.values()]).toEqual([
    'inbox/to#1',
    'invoice/from',
    'invoice/to#1',
    'reject/from',
    'reject/to#1',
  ]);
  expect(found.steps.map((one) => one.label)).toEqual([
    'direct:invoice',
    null,
    'sql:x',
    'direct:reject',
    'file:rejected',
  ]);
  expect(found.visits.get('invoice/to#1')).toEqual({ count: 1, failed: true, isInside: false, durationUs: 10 });
  expect(found.visits.get('invoice/from')).toMatchObject({ count: 1, failed: false, isInside: true });
  expect(found.entries.map((one) => `${one.from} -> ${one.to}`)).toEqual([
    'inbox/to#1 -> invoice/from',
    'invoice/to#1 -> reject/from',
  ]);
});

test('a way that something in it was reached by was passed', () => {
  const found = path([step(1, 0, 'inbox', 'log#1')], [INBOX], 'inbox');
  expect([...found.visits.keys()].sort()).toEqual(['inbox/choice#1', 'inbox/from', 'inbox/log#1', 'inbox/when#1']);
  const failed = path([step(1, 0, 'inbox', 'log#1', true)], [INBOX], 'inbox');
  expect(failed.visits.get('inbox/when#1')).toMatchObject({ failed: false, isInside: true });
});

test('a step of a node that its route has not, or of a route that is not known, is on no box', () => {
  expect(path([step(1, 0, 'inbox', 'gone#1')], [INBOX], 'inbox').boxes.size).toBe(0);
  expect(path([step(1, 0, 'gone', 'to#1')], [INBOX], 'inbox').boxes.size).toBe(0);
});
