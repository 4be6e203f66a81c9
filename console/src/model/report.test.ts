import { expect, test } from 'vitest';
import { type Report, sandbox, stubAnswer, stubName, verdict, waySaid } from './report';

const report: Report = { outcome: 'completed', durationUs: 12_000, stubs: [] };
const known = new Map([[7, '5.2.1']]);

test('what would become of it is said first', () => {
  expect(verdict(report, known)).toEqual({ tone: 'good', text: 'Would complete in 12 ms' });
  expect(verdict({ ...report, outcome: 'failed' }, known).tone).toBe('bad');
  const stopped = { ...report, stoppedAt: 'http://prices/TEA-10', stoppedStep: 7 };
  expect(verdict(stopped, known).text).toMatch(/^Stopped at step 5\.2\.1: nobody knows/);
  expect(verdict({ ...stopped, stoppedBecause: 'it had failed' }, known).text).toMatch(/: it had failed$/);
  expect(verdict({ ...stopped, stoppedStep: null }, known).text).toMatch(/^Stopped at http/);
  expect(waySaid(stopped, known)).toBeUndefined();
});

test('the way is compared with that of the original', () => {
  expect(waySaid(report, known)).toBe('It goes the way of the original.');
  expect(waySaid({ ...report, differsAt: 7 }, known)).toContain('step 5.2.1');
});

test('the release of the sandbox is named, and the other one when there is one', () => {
  expect(sandbox(report)).toBe('Tried in a sandbox of the release that runs.');
  expect(sandbox({ ...report, ranOn: 'a1', runsOn: 'a1' })).toBe('Tried in a sandbox of release a1.');
  expect(sandbox({ ...report, ranOn: 'a1', runsOn: 'b2', changed: false })).toBe(
    'Tried in a sandbox. Then release a1, now b2; this route did not change.',
  );
});

test('a stub is named as its step is, and says what it answered', () => {
  const stub = { uri: 'http://p/TEA', what: 'GET', bytes: 0 };
  expect(stubName(stub)).toBe('GET http://p/TEA');
  expect(stubName({ ...stub, title: 'sql insert orders (1 row)' })).toBe('sql insert orders (1 row)');
  expect(stubName({ uri: 'jms:a', what: 'send', bytes: 3 })).toBe('jms:a');
  expect(stubName({ uri: 'sql:UPDATE%20orders', what: 'GET', bytes: 3 })).toBe('sql:UPDATE orders');
  expect(stubName({ uri: 'log:100%', what: 'send', bytes: 3 })).toBe('log:100%');
  expect(stubAnswer({ ...stub, answered: 'unchanged' })).toBe('what it was given, unchanged');
  expect(stubAnswer(stub)).toContain('stopped');
});
