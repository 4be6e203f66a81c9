import { expect, test } from 'vitest';
import { actions, heldBy, holdOf, told } from './hold';

const hold = { route: 'take', state: 'stopped', by: 'ana', at: '2026-01-01T00:00:00Z' };

test('a route that was let go is not held', () => {
  expect(holdOf([hold], 'take')).toBe(hold);
  expect(holdOf([{ ...hold, state: 'started' }], 'take')).toBeUndefined();
  expect(holdOf([hold], 'line')).toBeUndefined();
  expect(heldBy(hold)).toBe('stopped by ana');
});

test('only what makes sense is offered', () => {
  expect(actions(undefined)).toEqual(['STOP', 'SUSPEND']);
  expect(actions(hold)).toEqual(['START']);
  expect(actions({ ...hold, state: 'suspended' })).toEqual(['RESUME', 'STOP']);
});

test('what is wanted and what is are told apart', () => {
  expect(told({ hold, now: 'Stopped' }).text).toBe('take is stopped by ana.');
  expect(told({ hold, now: 'Started' })).toMatchObject({ tone: 'held' });
  expect(told({ hold, now: null }).text).toContain('as soon as its workload runs');
});
