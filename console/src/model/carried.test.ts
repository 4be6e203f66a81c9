import { expect, test } from 'vitest';
import {
  absence,
  around,
  type Carried,
  changing,
  comparable,
  isKeptAt,
  isOfSettings,
  nameOf,
  ordered,
  partsOf,
  tellsChanges,
} from './carried';

const at = (point: string, step: number, body: string, more: Partial<Carried> = {}): Carried => ({
  step,
  point,
  body,
  headers: [],
  size: body.length,
  masked: false,
  truncated: false,
  ...more,
});

const ALL = [
  at('end', 1, '{"a":2}'),
  at('before', 3, '{"a":2}'),
  at('start', 1, '{"a":1}'),
  at('before', 2, '{"a":1}'),
  at('failure', 3, '{"a":2}'),
];

test('points stand in the order of time', () => {
  expect(ordered(ALL).map((one) => `${one.point}${one.step}`)).toEqual([
    'start1',
    'before2',
    'before3',
    'failure3',
    'end1',
  ]);
});

test('a step is between the nearest points known', () => {
  expect(around(ALL, 2).before?.point).toBe('before');
  expect(around(ALL, 2).after?.step).toBe(3);
  expect(around(ALL, 3).after?.point).toBe('failure');
  expect(around([at('start', 1, 'x')], 7)).toEqual({ before: at('start', 1, 'x'), after: undefined });
});

test('the step after which the body is another one changed it', () => {
  expect([...changing(ALL)]).toEqual([2]);
  expect(tellsChanges(ALL)).toBe(true);
  expect(tellsChanges([at('start', 1, ''), at('failure', 3, '')])).toBe(false);
});

test('what a step was answered stands after it, and is no end of the route', () => {
  const reply = at('end', 2, '4.50');
  expect(ordered([...ALL, reply]).map((one) => `${one.point}${one.step}`)).toEqual([
    'start1',
    'before2',
    'end2',
    'before3',
    'failure3',
    'end1',
  ]);
  expect(around([...ALL, reply], 2).after).toBe(reply);
  expect(isKeptAt([reply], 2, false)).toBe(true);
});

test('what was cut or not kept says nothing about a change', () => {
  expect([...changing([at('before', 2, 'a'), at('before', 3, 'b', { truncated: true })])]).toEqual([]);
  expect([...changing([at('before', 2, '', { unavailable: 'stream' }), at('before', 3, 'b')])]).toEqual([]);
});

test('masked headers are compared as masked and bodies laid out', () => {
  const headers = [
    { name: 'b', kind: 'text', value: '1' },
    { name: 'a', kind: 'masked', value: '***' },
  ];
  expect(comparable(at('start', 1, '{"a":1}', { headers }))).toEqual({
    headers: ['a: masked', 'b: 1'],
    body: ['{', '  "a": 1', '}'],
  });
});

test('points and absences are said in words', () => {
  const known = new Map([[4, '2.1']]);
  expect(nameOf(at('before', 4, ''), known)).toBe('Before step 2.1');
  expect(nameOf(at('failure', 4, ''), known)).toBe('Where it failed, step 2.1');
  expect(nameOf(at('start', 1, ''), known)).toBe('At the start of the route');
  expect(nameOf(at('end', 1, ''), known)).toBe('At the end of the route');
  expect(nameOf(at('end', 0, ''), known)).toBe('At the end of the route');
  expect(nameOf(at('end', 4, ''), known)).toBe('What step 2.1 was answered');
  expect(partsOf(at('end', 4, ''), known)).toEqual({ before: 'What ', step: 'step 2.1', after: ' was answered' });
  expect(absence('stream')).toContain('stream');
  expect(absence('something new')).toBe('something new');
});

test('what was not kept at a step is known', () => {
  const some = [at('start', 1, ''), at('failure', 7, ''), at('end', 1, '')];
  expect([isKeptAt(some, 1, true), isKeptAt(some, 7, false), isKeptAt(some, 4, false)]).toEqual([true, true, false]);
  expect(isKeptAt(ALL, 2, false)).toBe(true);
});

test('only a setting can be changed so that bodies are kept', () => {
  expect([isOfSettings('not asked'), isOfSettings('file'), isOfSettings(null)]).toEqual([true, false, false]);
});
