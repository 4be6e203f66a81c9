import { expect, test } from 'vitest';
import { type Content, NOTHING } from './content';
import {
  begin,
  draft,
  dryStamp,
  effects,
  endpointOf,
  hindrances,
  isEdited,
  type Plan,
  recorded,
  releases,
  stamp,
  step,
  toVariables,
} from './replay';

const plan: Plan = {
  startedAt: '2026-01-02T12:04:10Z',
  route: 'take',
  effects: [],
  body: '{"sku":"TEA-10"}',
  headers: [{ name: 'n', kind: 'long', value: '5' }],
  leftOut: [],
};
const kept = recorded(plan) as Content;
const body = (text: string): Content => ({ ...kept, body: { is: 'text', text } });

test('an unedited replay leaves the content to the server', () => {
  const form = begin(kept);
  expect(isEdited(form, kept)).toBe(false);
  expect(toVariables(form, kept)).toEqual({ route: null, content: null });
  expect(hindrances(form, kept, kept)).toEqual([]);
});

test('an edited one brings all of it', () => {
  const form = { ...begin(kept), content: body('{"sku":"TEA-01"}'), target: { at: 'route' as const, route: 'line' } };
  expect(toVariables(form, kept)).toEqual({
    route: 'line',
    content: { body: '{"sku":"TEA-01"}', bodyBase64: null, headers: [{ name: 'n', kind: 'long', value: '5' }] },
  });
});

test('what cannot go in as it was recorded needs somebody who gives a body', () => {
  const refused: Plan = { ...plan, body: null, refusal: 'part of its body was masked', refusalCode: 'MP-RPL-08' };
  expect(recorded(refused)).toBeUndefined();
  const from = body('{"iban":"[masked $.iban]"}');
  const form = begin(from);
  expect(hindrances(form, undefined, from)).toEqual(['Fill in what is masked: $.iban in line 1.']);
  expect(hindrances({ ...form, sendsMasks: true }, undefined, from)).toEqual([]);
  expect(hindrances({ ...form, content: body('{"iban":"DE02"}') }, undefined, from)).toEqual([]);
  expect(hindrances(begin(NOTHING), undefined, NOTHING)).toEqual(['Give it a body first.']);
});

test('text that only looks like a mask goes back as it was recorded', () => {
  const form = begin(body('[masked card]'));
  expect(hindrances(form, form.content, form.content)).toEqual([]);
});

test('masks that are left alone are filled in where the runtime keeps the original', () => {
  const masked = body('{"iban":"[masked $.iban]"}');
  const form = { ...begin(masked), content: body('{"iban":"[masked $.iban]","qty":2}') };
  expect(hindrances(form, masked, masked)).toHaveLength(1);
  expect(hindrances(form, masked, masked, true)).toEqual([]);
});

test('whatever was kept is what is edited when it is refused', () => {
  const start = {
    point: 'start',
    step: 0,
    body: 'half',
    headers: [
      { name: 'at', kind: 'instant', value: '2026-01-01T00:00:00Z' },
      { name: 'Traceparent', kind: 'text', value: '00-' },
      { name: 'key', kind: 'masked', value: '[masked]' },
    ],
  };
  expect(draft([{ ...start, point: 'failure' }, start])).toEqual({
    body: { is: 'text', text: 'half' },
    headers: [{ name: 'at', kind: 'instant', value: '1767225600000' }],
  });
  expect(draft([])).toEqual(NOTHING);
});

test('a message is tried before it is replayed, and tried again when it became another', () => {
  const form = begin(kept);
  expect(step(form, undefined)).toBe('dry');
  const tried = stamp(form);
  expect(step(form, tried)).toBe('real');
  expect(step({ ...form, content: body('x') }, tried)).toBe('dry');
  const chosen = [{ place: { step: 7 }, choice: { is: 'allow' as const } }];
  expect(dryStamp({ ...form, chosen })).not.toBe(dryStamp(form));
  const endpoint = { ...form, target: { at: 'endpoint' as const, endpoint: 'seda:bulk' } };
  expect(step(endpoint, undefined)).toBe('real');
  expect([endpointOf(endpoint), endpointOf(form)]).toEqual(['seda:bulk', null]);
  expect(hindrances({ ...endpoint, target: { at: 'endpoint', endpoint: '' } }, kept, kept)).toHaveLength(1);
});

test('then and now are said', () => {
  expect(releases({ ranOn: '4f2c', runsOn: '9ab1', changed: true })).toBe(
    'Then release 4f2c, now 9ab1; this route changed.',
  );
  expect(releases({ ranOn: '4f2c', runsOn: '4f2c', changed: false })).toBe(
    'It runs on release 4f2c, as the original did.',
  );
  expect(releases({ ranOn: null, runsOn: '4f2c' })).toBe('It runs on release 4f2c.');
  expect(releases({ ranOn: '4f2c', runsOn: null })).toBe('No release runs there now.');
});

test('what was done is named with its number and its time', () => {
  const done = { ...plan, effects: [{ step: 4, what: 'sql insert orders', atUs: 1_000_000 }] };
  const [one] = effects(done, new Map([[4, '3']]));
  expect([one?.number, one?.what, one?.at.slice(-5)]).toEqual(['3', 'sql insert orders', '04:11']);
});
