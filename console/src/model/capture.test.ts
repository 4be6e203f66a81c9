import { expect, test } from 'vitest';
import { complaints, isNothing, summary, toForm, toSettings } from './capture';

const ALL = JSON.stringify({
  hashMasks: true,
  level: 'headers',
  samplePercent: 12.5,
  payloadBytes: 4096,
  retentionDays: 30,
  indexWords: true,
  redact: { headers: ['x-token'], json: ['$.card.number', '$..iban'] },
  attributes: { orderId: { header: 'orderId' }, customer: { jsonPath: '$.customer' } },
});

test('a form gives back what it was made of, keys that it does not show included', () => {
  expect(JSON.parse(toSettings(toForm(ALL)))).toEqual(JSON.parse(ALL));
  expect(toSettings(toForm('{}'))).toBe('{}');
});

test('what is left empty is not said', () => {
  const form = { ...toForm(ALL), level: '', retentionDays: ' ', json: '\n  \n', headers: '', attributes: [] };
  expect(JSON.parse(toSettings(form))).toEqual({
    hashMasks: true,
    samplePercent: 12.5,
    payloadBytes: 4096,
    indexWords: true,
  });
});

test('what the server would refuse is said beside the field', () => {
  const form = toForm('{}');
  expect(complaints(form)).toEqual({});
  expect(Object.keys(complaints({ ...form, samplePercent: '101', retentionDays: '0', payloadBytes: '1.5' }))).toEqual([
    'samplePercent',
    'payloadBytes',
    'retentionDays',
  ]);
  expect(complaints({ ...form, attributes: [{ name: 'a b', from: 'header', of: 'x' }] }).attributes).toBeDefined();
});

test('a layer is said in words', () => {
  expect(summary(ALL)).toEqual([
    'Headers and times',
    '12.5 % of what went well',
    'bodies up to 4096 bytes',
    'kept 30 days',
    'words can be searched',
    'also hides x-token, $.card.number, $..iban',
    'attributes orderId, customer',
  ]);
  expect(summary('{}')).toEqual([]);
  const json = ['$.a', '$.b', '$.c', '$.d', '$.e', '$.f', '$.g', '$.h'];
  expect(summary(JSON.stringify({ redact: { json } }))).toEqual(['also hides $.a, $.b, $.c, $.d, $.e, $.f, 2 more']);
});

test('a layer that says nothing is none', () => {
  expect(isNothing({ settings: '{}' })).toBe(true);
  expect(isNothing({ settings: '{}', windowLevel: 'bodies' })).toBe(false);
  expect(isNothing({ settings: '{"level":"off"}' })).toBe(false);
});
