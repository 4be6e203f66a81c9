import { expect, test } from 'vitest';
import { history, refusal } from './refused';

const at = (minute: number) => ({ createdAt: `2026-11-28T03:0${minute}:00Z` });
const release = (id: string, minute: number, state = 'refused') => ({ id, state, ...at(minute) });
const ids = (deployments: number[], releases: ReturnType<typeof release>[], hasOlder = false) =>
  history(deployments.map(at), releases, hasOlder).map((one) =>
    one.is === 'refused' ? one.release.id : one.deployment.createdAt.slice(15, 16),
  );

test('refused commits stand between deployments, the newest first', () => {
  expect(ids([5, 3], [release('b447', 7), release('released', 6, 'released'), release('9ab1', 4)])).toEqual([
    'b447',
    '5',
    '9ab1',
    '3',
  ]);
  expect(ids([], [release('b447', 7)])).toEqual(['b447']);
});

test('one of a time that is not read yet waits', () => {
  expect(ids([5, 3], [release('b447', 1)], true)).toEqual(['5', '3']);
  expect(ids([5, 3], [release('b447', 1)])).toEqual(['5', '3', 'b447']);
});

test('only what runs goes on before a refused commit', () => {
  const newest = { state: 'refused' };
  expect(refusal({ state: 'running' }, newest)).toBe(newest);
  expect(refusal({ state: 'held' }, newest)).toBeUndefined();
  expect(refusal({ state: 'running' }, { state: 'released' })).toBeUndefined();
});
