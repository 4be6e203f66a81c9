import { expect, test } from 'vitest';
import { essence, ledTo, mention, withHead } from './fault';
import type { Step } from './steps';

test('what Camel wraps is unwrapped, however deep', () => {
  const inner = 'Caused by: [java.lang.IllegalArgumentException - no price for sku `TEA-10`]';
  const wrapped = `Multicast processing failed for number 0. Exchange[9C-50E]. ${inner}`;
  expect(essence(wrapped)).toBe('no price for sku `TEA-10`');
  expect(essence(`Outer. Caused by: [a.B - ${wrapped}]`)).toBe('no price for sku `TEA-10`');
});

test('what is not wrapped is its first line', () => {
  expect(essence('ERROR: invalid input\n  Position: 7')).toBe('ERROR: invalid input');
  expect(essence('')).toBe('');
});

const step = (sequence: number, parent: number, kind: string, more: Partial<Step> = {}): Step => ({
  sequence,
  parent,
  iteration: 0,
  node: `${kind}#1`,
  kind,
  label: null,
  startUs: 0,
  durationUs: 1,
  failed: false,
  redelivery: 0,
  ...more,
});

const ORDER = [
  step(1, 0, 'from', { failed: true }),
  step(2, 1, 'to', { label: 'sql:insert', detail: '1 row' }),
  step(3, 1, 'split', { failed: true }),
  step(4, 3, 'toD', { iteration: 1, detail: '404 http://prices/TEA-01' }),
  step(5, 3, 'toD', { iteration: 2, detail: '404 http://prices/TEA-10?throwExceptionOnFailure=false' }),
  step(6, 3, 'choice', { iteration: 2, failed: true }),
  step(7, 6, 'throwException', { failed: true }),
];

test('the call whose answer the route did not like is named', () => {
  expect(ledTo(ORDER, 7)).toEqual({ step: 5, name: 'toD http://prices/TEA-10', what: 'was answered 404' });
});

test('a call of another round, or one that was answered well, led to nothing', () => {
  expect(
    ledTo(
      ORDER.filter((one) => one.sequence !== 5),
      7,
    ),
  ).toBeUndefined();
  const well = ORDER.map((one) => (one.sequence === 5 ? { ...one, detail: '200 http://prices/TEA-10' } : one));
  expect(ledTo(well, 7)).toBeUndefined();
  expect(ledTo(ORDER, undefined)).toBeUndefined();
});

test('a call that failed itself is named by its own answer only', () => {
  const own = step(8, 1, 'to', { failed: true, label: 'http:stock', detail: '503' });
  expect(ledTo([...ORDER, own], 8)).toEqual({ step: 8, name: 'to http:stock', what: 'was answered 503' });
  expect(ledTo([...ORDER, { ...own, detail: null }], 8)).toBeUndefined();
});

test('a call that failed and was caught is named', () => {
  const caught = [
    step(1, 0, 'doTry'),
    step(2, 1, 'to', { failed: true, label: 'jms:a' }),
    step(3, 1, 'throwException'),
  ];
  expect(ledTo(caught, 3)).toEqual({ step: 2, name: 'to jms:a', what: 'failed' });
});

test('where a text names a node is found, and not where it only has its letters', () => {
  expect(mention('the condition above step throwException', 'throwException#1')).toEqual([
    'the condition above ',
    'step throwException',
    '',
  ]);
  expect(mention('the address at toD#2, and the value that was put into it', 'toD#2')).toEqual([
    'the address at ',
    'toD#2',
    ', and the value that was put into it',
  ]);
  expect(mention('the body is of a kind that cannot be turned into what to needs', 'to#1')).toBeUndefined();
  expect(mention('the status and the body of the answer', 'to#1')).toBeUndefined();
});

test('a stack begins with its exception', () => {
  expect(withHead('a.B.c(B.java:1)\na.D.e(D.java:2)\n', 'a.Oops', 'no price')).toBe(
    'a.Oops: no price\n    at a.B.c(B.java:1)\n    at a.D.e(D.java:2)\n',
  );
  expect(withHead('a.Oops: no price\n\tat a.B.c(B.java:1)', 'a.Oops', 'no price')).toBe(
    'a.Oops: no price\n\tat a.B.c(B.java:1)',
  );
});
