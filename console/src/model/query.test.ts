import { expect, test } from 'vitest';
import {
  bareWords,
  has,
  inErrors,
  isOffered,
  keysOf,
  namesOutcome,
  offered,
  placed,
  quote,
  split,
  term,
  toggle,
  within,
} from './query';

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

test('keys are what stands before a sign, and not in quotation marks', () => {
  expect(keysOf('foo:bar -outcome:failed (dur>2s OR status:x) "a:b" header.sku=1 attr.route:x')).toEqual([
    'foo',
    'outcome',
    'dur',
    'route',
  ]);
  expect(keysOf('8A1F')).toEqual([]);
  expect(isOffered('dur', [{ text: 'dur>' }])).toBe(true);
  expect(isOffered('order', [{ text: 'orderId:' }])).toBe(false);
});

test('bare words are offered to be looked for in errors', () => {
  expect(bareWords('no price outcome:failed "green tea" OR (a)')).toEqual(['no', 'price', '"green tea"']);
  expect(inErrors('no price outcome:failed')).toBe('outcome:failed error:"no price"');
  expect(inErrors('"no price"')).toBe('error:"no price"');
});

test('a place is one of what somebody typed', () => {
  const typed = 'status:failed dur>';
  const sent = within(typed, 'dev', 'since:1h');
  expect(placed('a value must follow (at character 26)', typed, sent)).toBe('a value must follow (at character 18)');
  expect(placed('it is never closed (at character 40)', typed, sent)).toBe('it is never closed (at the end)');
  expect(placed('no such thing (at character 2)', typed, sent)).toBe('no such thing');
  expect(placed('no such thing', typed, sent)).toBe('no such thing');
});
