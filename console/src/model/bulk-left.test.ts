import { expect, test } from 'vitest';
import { again, leftOut, nameOf } from './bulk-left';

const BULK = {
  query: 'fingerprint:7f since:2026-01-02T00:00:00Z',
  state: 'paused',
  total: 9,
  begun: 3,
  completed: 0,
  handled: 0,
  failed: 0,
  unknown: 0,
  notDone: 0,
  refused: 3,
  canary: 5,
  perSecond: 2,
  stopAfter: 3,
  refusals: [{ code: 'MP-RPL-09', count: 3 }],
};

test('what it stopped at is offered together with what was not begun', () => {
  const left = leftOut(BULK);
  expect(left).toEqual({ many: 3, waiting: 6, isOnly: true });
  expect(left && nameOf(left)).toBe('Replay the 3 left out and the 6 not begun');
  expect(nameOf({ many: 3, waiting: 0, isOnly: true })).toBe('Replay the 3 that were left out');
  expect(leftOut({ ...BULK, failed: 1 })?.isOnly).toBe(false);
  expect(leftOut({ ...BULK, refused: 4, refusals: [...BULK.refusals, { code: 'MP-RPL-07', count: 1 }] })?.isOnly).toBe(
    false,
  );
});

test('nothing is offered while it runs, or for another reason', () => {
  expect(leftOut({ ...BULK, state: 'running' })).toBeUndefined();
  expect(leftOut({ ...BULK, refusals: [{ code: 'MP-RPL-07', count: 3 }] })).toBeUndefined();
});

test('asking again keeps what was asked for', () => {
  expect(again(BULK)).toEqual({
    q: 'fingerprint:7f since:2026-01-02T00:00:00Z replayed:no',
    canary: '5',
    rate: '2',
    stop: '3',
    effects: 'again',
  });
  expect(again({ ...BULK, query: 'route:a replayed:no' }).q).toBe('route:a replayed:no');
});
