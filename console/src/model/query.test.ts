import { expect, test } from 'vitest';
import { has, namesOutcome, offered, quote, split, term, toggle, within } from './query';

test('spaces in quotation marks and brackets do not end a term', () => {
  expect(split('route:a (outcome:failed OR dur>2s)  body:"green tea"')).toEqual([
    'route:a',
    '(outcome:failed OR dur>2s)',
    'body:"green tea"',
  ]);
  expect(split('"never closed')).toEqual(['"never closed']);
});

test('a facet is set, replaced and taken away', () => {
  const failed = toggle('route:intake', 'outcome', 'failed');
  expect(failed).toBe('route:intake outcome:failed');
  expect(has(failed, 'outcome', 'failed')).toBe(true);
  expect(toggle(failed, 'outcome', 'handled')).toBe('route:intake outcome:handled');
  expect(toggle(failed, 'outcome', 'failed')).toBe('route:intake');
});

test('what the language would read otherwise is quoted', () => {
  expect(['to3', 'orders-*', 'no price', 'a"b', 'java.sql.SQLException', '(x)'].map(quote)).toEqual([
    'to3',
    '"orders-*"',
    '"no price"',
    '"a\\"b"',
    'java.sql.SQLException',
    '"(x)"',
  ]);
  expect(term('error', '')).toBe('error:""');
});

test('the top bar gives way to the words of the query', () => {
  expect(within('outcome:failed', 'dev', 'since:1h')).toBe('env:dev outcome:failed since:1h');
  expect(within('env:prod since:2h', 'dev', 'since:1h')).toBe('env:prod since:2h');
  expect(within('', null, 'since:1h')).toBe('since:1h');
  expect(within('route:a OR route:b', 'dev', 'since:1h')).toBe('env:dev (route:a OR route:b) since:1h');
  expect(within('env:prod OR env:stage', 'dev', 'since:1h')).toBe('(env:prod OR env:stage) since:1h');
});

test('a search says how its messages ended, or finds them all', () => {
  expect(namesOutcome('route:a since:1h')).toBe(false);
  expect(namesOutcome('body:"outcome:failed"')).toBe(false);
  expect(namesOutcome('route:a (outcome:failed OR dur>2s)')).toBe(true);
  expect(namesOutcome('-outcome:completed')).toBe(true);
  expect(namesOutcome('fingerprint:7f')).toBe(true);
});

test('what is looked for most is offered first, the rest as it came', () => {
  const all = ['route:', 'dur>', 'outcome:', 'body:', 'replayed:'].map((text) => ({ text }));
  expect(offered(all).map((one) => one.text)).toEqual(['outcome:', 'route:', 'replayed:', 'dur>', 'body:']);
});
