import { expect, test } from 'vitest';
import { periods } from './periods';

const deployment = (id: string, release: string, ready: string | null, environment = 'dev') => ({
  id,
  integration: 'orders',
  environment,
  createdAt: '2026-11-27T02:00:00Z',
  release: { id: release, short: release, author: 'ana', subject: 'rule' },
  phases: ready ? [{ phase: 'ready', at: ready }] : [{ phase: 'failed', at: '2026-11-27T02:30:00Z' }],
});
const NOW = Date.parse('2026-11-27T04:00:00Z');

test('a release runs until the next one is ready, and one that failed never did', () => {
  const all = [
    deployment('3', 'c', null),
    deployment('2', 'b', '2026-11-27T03:00:00Z'),
    deployment('1', 'a', '2026-11-27T02:00:00Z'),
    deployment('x', 'z', '2026-11-27T02:10:00Z', 'prod'),
  ];
  const found = periods(all, 'orders', 'dev', NOW);
  expect(found.map((one) => [one.id, one.isNow])).toEqual([
    ['2', true],
    ['1', false],
  ]);
  expect(found[1]?.to.toISOString()).toBe('2026-11-27T03:00:00.000Z');
  expect(found[0]?.to.getTime()).toBe(NOW);
});

test('the same release again is one period', () => {
  const all = [deployment('2', 'a', '2026-11-27T03:00:00Z'), deployment('1', 'a', '2026-11-27T02:00:00Z')];
  expect(periods(all, 'orders', 'dev', NOW)).toMatchObject([{ id: '1', isNow: true, to: new Date(NOW) }]);
});
