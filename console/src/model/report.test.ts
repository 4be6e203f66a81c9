import { expect, test } from 'vitest';
import {
  asked,
  leftSaid,
  type Report,
  sandbox,
  stubFate,
  stubName,
  unmadeNames,
  verdict,
  waySaid,
  wouldComplete,
} from './report';

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

test('a good end that depends on calls that were not made is said to depend on them', () => {
  const insert = {
    uri: 'sql:insert',
    what: 'send',
    bytes: 3,
    answered: 'unchanged',
    step: 7,
    title: 'sql insert orders',
  };
  const recorded = { ...insert, answered: 'reply of step 7' };
  const tried = (stubs: (typeof insert)[], outcome = 'completed') => verdict({ ...report, outcome, stubs }, known);
  expect(
    tried([recorded, { ...insert, answered: 'reply from 8B07' }, { ...insert, answered: 'really asked' }]),
  ).toEqual({
    tone: 'good',
    text: 'Would complete in 12 ms',
  });
  expect(tried([recorded, insert])).toEqual({
    tone: 'held',
    text: 'Would complete, if the call that was not made goes well',
  });
  expect(tried([insert, insert]).text).toBe('Would complete, if the 2 calls that were not made go well');
  expect(tried([insert, { ...insert, answered: 'reply of the caller' }]).text).toBe(
    'Would complete, if the call that was not made goes well',
  );
  expect(tried([{ ...insert, what: 'poll' }]).tone).toBe('good');
  expect(tried([insert], 'failed').text).toBe('Would fail in 12 ms');
  expect(unmadeNames([insert, insert, recorded], known, true)).toEqual(['step 5.2.1 sql insert orders (2 times)']);
  expect(unmadeNames([insert], known, false)).toEqual(['sql insert orders']);
});

test('only what would complete leads on to a replay', () => {
  expect(wouldComplete(report)).toBe(true);
  expect(wouldComplete({ ...report, stoppedAt: 'http://prices/TEA-10' })).toBe(false);
  expect([{ outcome: 'failed' }, { outcome: 'handled' }].some(wouldComplete)).toBe(false);
});

test('a recording of another address than the one that is asked now is said to be one', () => {
  const stopped = { ...report, stoppedAt: 'http:prices/TEA-05?bridge=true', stoppedStep: 7 };
  const step = {
    sequence: 7,
    parent: 0,
    iteration: 0,
    node: 'toD#1',
    startUs: 0,
    durationUs: 1,
    failed: false,
    redelivery: 0,
  };
  const saidOf = (detail: string | null) => asked(stopped, [{ ...step, detail }]);
  expect(saidOf('404 http://prices/TEA-10')).toBe(
    'It asks http://prices/TEA-05 now; what is recorded is the answer for http://prices/TEA-10.',
  );
  for (const detail of ['404 http://prices/TEA-05', '404', null])
    expect(saidOf(detail)).toBe('It would have asked http://prices/TEA-05?bridge=true');
  expect(asked(report, [])).toBeUndefined();
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

test('a stub is named as its step is, and says what became of it', () => {
  const stub = { uri: 'http://p/TEA', what: 'GET', bytes: 0 };
  expect(stubName(stub)).toBe('GET http://p/TEA');
  expect(stubName({ ...stub, title: 'sql insert orders (1 row)' })).toBe('sql insert orders (1 row)');
  expect(stubName({ uri: 'jms:a', what: 'send', bytes: 3 })).toBe('jms:a');
  expect(stubName({ uri: 'sql:UPDATE%20orders', what: 'GET', bytes: 3 })).toBe('sql:UPDATE orders');
  expect(stubName({ uri: 'log:100%', what: 'send', bytes: 3 })).toBe('log:100%');
  const fate = (answered: string | null) => stubFate({ ...stub, answered });
  expect(fate('unchanged')).toBe('not sent; the route went on with the same body');
  expect(fate('reply of step 17')).toBe('not sent; answered as recorded');
  expect(fate('reply from 8B07')).toBe('not sent; answered as 8B07 was');
  expect(fate('reply of the caller')).toBe('not sent; answered as you wrote');
  expect(fate('something new')).toBe('not sent: something new');
  expect(fate('really asked')).toBe('really asked');
  expect(fate(null)).toContain('stopped');
});

test('what an edited message asks for is named, not what the original asked', () => {
  const stub = { uri: 'http:127.0.0.1:22082/prices/TEA-01', what: 'GET', bytes: 0, title: 'http prices/TEA-10' };
  expect(stubName(stub)).toBe('GET http://127.0.0.1:22082/prices/TEA-01');
  expect(stubName({ ...stub, uri: 'http:127.0.0.1:22082/prices/TEA-10?a=b' })).toBe('http prices/TEA-10');
  expect(stubName({ ...stub, title: 'http prices' })).toBe('http prices');
});

test('a read that was allowed is said to have left the machine', () => {
  const stub = { uri: 'http:p/TEA', what: 'GET', bytes: 0, answered: 'unchanged' };
  expect(leftSaid([stub])).toBe('Nothing left the machine.');
  expect(leftSaid([stub, { ...stub, answered: 'really asked' }])).toBe(
    'Nothing left the machine except 1 read that you allowed.',
  );
});
