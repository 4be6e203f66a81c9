import { expect, test } from 'vitest';
import { asksNext, isRead } from './bulk-ask';

const STOP = { stoppedAt: 'http://prices/TEA-10', stoppedStep: 6 };

test('a read that stopped it is asked, once', () => {
  const first = asksNext([], STOP);
  expect(first).toEqual([{ place: { step: 6 }, choice: { is: 'allow' } }]);
  expect(asksNext(first ?? [], STOP)).toBeUndefined();
  expect(asksNext(first ?? [], { ...STOP, stoppedStep: 9 })).toHaveLength(2);
});

test('what is no call over HTTP, or no step of the original, is not asked', () => {
  expect(isRead({ stoppedAt: 'sql:insert', stoppedStep: 6 })).toBe(false);
  expect(asksNext([], { stoppedAt: 'http://prices' })).toBeUndefined();
  expect(asksNext([], {})).toBeUndefined();
});

test('it comes to an end', () => {
  const many = [1, 2, 3, 4, 5].map((step) => ({ place: { step }, choice: { is: 'allow' as const } }));
  expect(asksNext(many, STOP)).toBeUndefined();
});
