import { expect, test } from 'vitest';
import { plainly, readable } from './uri';

test('an address is said as people write it', () => {
  expect(readable('http:127.0.0.1:22082/prices/TEA-01')).toBe('http://127.0.0.1:22082/prices/TEA-01');
  expect(readable('https://prices')).toBe('https://prices');
  expect(readable('sql:UPDATE%20orders')).toBe('sql:UPDATE orders');
  expect(readable('log:100%')).toBe('log:100%');
});

test('what was cut ends in a mark', () => {
  expect(readable('sql:SET eur = ex... (10 more characters)')).toBe('sql:SET eur = ex…');
});

test('options are left out', () => {
  expect(plainly('404 http://prices/TEA-10?throwExceptionOnFailure=false')).toBe('404 http://prices/TEA-10');
  expect(plainly('1 row')).toBe('1 row');
});
