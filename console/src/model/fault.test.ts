import { expect, test } from 'vitest';
import { essence } from './fault';

test('what Camel wraps is unwrapped, however deep', () => {
  const inner = 'Caused by: [java.lang.IllegalArgumentException - no price for sku `TEA-10`]';
  const wrapped = `Multicast processing failed for number 0. Exchange[9C-50E]. ${inner}`;
  expect(essence(wrapped)).toBe('no price for sku `TEA-10`');
  expect(essence(`Outer. Caused by: [a.B - ${wrapped}]`)).toBe('no price for sku `TEA-10`');
});

test('what is not wrapped is its first line', () => {
  expect(essence('ERROR: invalid input\n  Position: 7')).toBe('ERROR: invalid input');
  expect(essence('')).toBe('');
});
