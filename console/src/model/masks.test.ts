import { expect, test } from 'vitest';
import { maskedName, masks, remaining } from './masks';

test('masks are found where they stand, with the rule that made them', () => {
  const found = masks('{\n "card": "[masked card]",\n "iban": "[masked $.lines[*].iban 0123456789abcdef]"\n}');
  expect(found.map((one) => [one.rule, one.line])).toEqual([
    ['card', 2],
    ['$.lines[*].iban', 3],
  ]);
  expect(masks('{\n "mail": "[masked email 0123456789abcdef]"}').map((one) => one.rule)).toEqual(['email']);
  expect(masks('[not masked] [masked\n]')).toEqual([]);
});

test('what would go in masked is named in body and headers', () => {
  const headers = [{ name: 'X-Key', kind: 'text' as const, value: '[masked token]' }];
  expect(remaining({ body: { is: 'text', text: 'a\n[masked card]' }, headers })).toEqual([
    'card in line 2',
    'token in the header X-Key',
  ]);
  expect(remaining({ body: { is: 'bytes', base64: 'AAE=' }, headers: [] })).toEqual([]);
});

test('a masked header can be given a value', () => {
  expect(maskedName('Authorization (masked)')).toBe('Authorization');
  expect(maskedName('bean (an object)')).toBeUndefined();
});
