import { expect, test } from 'vitest';
import {
  bodySize,
  type Content,
  editedAs,
  headerProblem,
  isSame,
  jsonProblem,
  ofRecorded,
  problems,
  toInput,
} from './content';

const header = (kind: Content['headers'][number]['kind'], value: string) => ({ name: 'x', kind, value });
const text = (body: string): Content => ({ body: { is: 'text', text: body }, headers: [] });

test('what was recorded goes back as it was, without what cannot go back', () => {
  const recorded = ofRecorded({
    body: '{}',
    bodyBase64: null,
    headers: [
      { name: 'count', kind: 'long', value: '5' },
      { name: 'Authorization', kind: 'masked', value: '[masked]' },
      { name: 'bean', kind: 'opaque', value: 'Bean@1' },
      { name: 'gone', kind: 'null', value: null },
    ],
  });
  expect(toInput(recorded)).toEqual({
    body: '{}',
    bodyBase64: null,
    headers: [
      { name: 'count', kind: 'long', value: '5' },
      { name: 'gone', kind: 'null', value: '' },
    ],
  });
  expect(ofRecorded({ bodyBase64: 'AAE=', headers: [] }).body).toEqual({ is: 'bytes', base64: 'AAE=' });
  expect(ofRecorded({ headers: [] }).body).toEqual({ is: 'none' });
});

test('an empty body is another thing than none', () => {
  expect(isSame(text(''), { body: { is: 'none' }, headers: [] })).toBe(false);
  expect(isSame(text('a'), text('a'))).toBe(true);
});

test('a value fits its type', () => {
  for (const good of [
    header('long', '-9223372036854775808'),
    header('double', '1e3'),
    header('bool', 'false'),
    header('bytes', 'AAE='),
    header('instant', '1767225600000'),
    header('null', 'whatever'),
  ])
    expect(headerProblem(good), JSON.stringify(good)).toBeUndefined();
  for (const bad of [
    header('long', '9223372036854775808'),
    header('long', '1.5'),
    header('double', ''),
    header('bool', 'yes'),
    header('bytes', '?'),
    { name: '', kind: 'text' as const, value: 'x' },
  ])
    expect(headerProblem(bad), JSON.stringify(bad)).toBeDefined();
});

test('what the server would refuse is said before', () => {
  expect(problems(text('x'.repeat(128 * 1024)))).toEqual([]);
  expect(problems(text('x'.repeat(128 * 1024 + 1)))[0]).toContain('MP-RPL-12');
  const twice = {
    body: { is: 'none' as const },
    headers: [header('text', '1'), { ...header('text', '2'), name: 'X' }],
  };
  expect(problems(twice)).toEqual(['Header X is there twice.']);
});

test('a size is that of the bytes', () => {
  expect(bodySize({ is: 'text', text: 'größe' })).toBe(7);
  expect(bodySize({ is: 'bytes', base64: 'AAE=' })).toBe(2);
});

test('where JSON ends to be JSON is named', () => {
  expect(jsonProblem('{"a": 1}')).toBeUndefined();
  expect(jsonProblem('{\n  "a": oops\n}')).toMatch(/^It is not JSON/);
});

test('half a body is still of its kind', () => {
  expect(editedAs('{"a": ', undefined)).toBe('json');
  expect(editedAs('oops', 'application/json')).toBe('json');
  expect(editedAs(' <a', undefined)).toBe('xml');
  expect(editedAs('', undefined)).toBe('text');
});
