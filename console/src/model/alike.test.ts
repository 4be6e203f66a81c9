import { expect, test } from 'vitest';
import { common, general } from './alike';

test('what may differ from message to message is left open', () => {
  expect(general('no price for sku `TEA-10`')).toBe('no price for sku `…`');
  expect(general('ERROR: invalid input syntax for type numeric: "17,90"')).toBe(
    'ERROR: invalid input syntax for type numeric: "…"',
  );
  expect(general("can't find 'A-17' of order 5f3c-77")).toBe("can't find '…' of order …");
});

test('what is the same in all of them stays', () => {
  expect(general('no price for sku `TEA-XX`')).toBe('no price for sku `TEA-XX`');
  expect(general('http://127.0.0.1/prices answered 404 in UTF-8')).toBe(
    'http://127.0.0.1/prices answered 404 in UTF-8',
  );
});

test('two texts that differ in ids alone have one in common', () => {
  expect(common('no price for `TEA-10`', 'no price for `MUG-1`')).toBe('no price for `…`');
  expect(common('no price for `…`', 'no price for `TEA-55`')).toBe('no price for `…`');
  expect(common('Exchange[FEF5-0D] at http://h:80', 'Exchange[FEF5-0E] at http://h:80')).toBe(
    'Exchange[…] at http://h:80',
  );
  expect(common('same', 'same')).toBe('same');
});

test('a status is what happened, and other words are another error', () => {
  expect(common('answered 404', 'answered 500')).toBeUndefined();
  expect(common('no price', 'no stock')).toBeUndefined();
  expect(common('no price', 'no price at all')).toBeUndefined();
});
