import { expect, test } from 'vitest';
import { cut, decoded, language, pretty, visible } from './text';

test('nothing of a text can hide or turn around what follows', () => {
  expect(visible('a\u202eb\u0000c\u200bd')).toBe('a\\u{202e}b\\u{0}c\\u{200b}d');
  expect(visible('tea \u{1f375}\tand\nmore')).toBe('tea \u{1f375}\tand\nmore');
});

test('a very long line is cut and says by how much', () => {
  expect(cut('x'.repeat(1_000_000))).toEqual({ text: 'x'.repeat(4_000), more: 996_000 });
});

test('numbers of a JSON body stay as they were written', () => {
  const body = '{"id":12345678901234567890,"eur":1.10,"lines":[{"sku":"a,b"}],"none":[],"also":{ }}';
  expect(pretty(body, 'json')).toBe(
    '{\n  "id": 12345678901234567890,\n  "eur": 1.10,\n  "lines": [\n    {\n      "sku": "a,b"\n    }\n  ],\n  "none": [],\n  "also": {}\n}',
  );
});

test('an XML body gets a line for each element and keeps short ones on one', () => {
  expect(pretty('<?xml version="1.0"?><batch><doc no="1"><total>17,90</total><none/></doc></batch>', 'xml')).toBe(
    '<?xml version="1.0"?>\n<batch>\n  <doc no="1">\n    <total>17,90</total>\n    <none/>\n  </doc>\n</batch>',
  );
});

test('a body is what it is, whatever its type says', () => {
  expect(language('{"a":1}', null)).toBe('json');
  expect(language('{broken', 'application/json')).toBe('text');
  expect(language('<a/>', 'text/plain')).toBe('xml');
  expect(language('hello', 'text/plain')).toBe('text');
});

test('an address is shown as somebody wrote it', () => {
  expect(decoded('rest:get:/orders:/%7Bid%7D')).toBe('rest:get:/orders:/{id}');
  expect(decoded('file:a%20b%FF')).toBe('file:a%20b%FF'.replace('%20', ' '));
  expect(decoded('100%')).toBe('100%');
});
