import { expect, test } from 'vitest';
import { readAsked, writeAsked } from './bulk-address';

const PROPOSED = { canary: 5, perSecond: 10, stopAfter: 3 };
const read = (text: string) => readAsked(new URLSearchParams(text), PROPOSED);

test('an address that says nothing is what is proposed', () => {
  expect(read('q=route:a')).toEqual({ rules: PROPOSED, repeats: false });
});

test('what was asked for is read as it was written', () => {
  const rules = { canary: null, perSecond: 1, stopAfter: 0 };
  expect(read(new URLSearchParams(writeAsked(rules, true)).toString())).toEqual({ rules, repeats: true });
  expect(read(new URLSearchParams(writeAsked(PROPOSED)).toString())).toEqual({ rules: PROPOSED, repeats: false });
});

test('what cannot be asked for gives way', () => {
  expect(read('rate=0').rules).toEqual(PROPOSED);
  expect(read('canary=x&stop=1').rules).toEqual(PROPOSED);
});
