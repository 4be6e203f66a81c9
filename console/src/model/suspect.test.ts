import { expect, test } from 'vitest';
import { others, suspect } from './suspect';

const deployment = (id: string, createdAt: string, short = '9ab1', environment = 'dev') => ({
  id,
  integration: 'prices',
  environment,
  generation: 2,
  createdAt,
  release: { short },
});
const group = {
  integration: 'prices',
  environment: 'dev',
  firstAt: '2026-11-27T03:00:09Z',
  beganOn: { short: '9ab1' },
};

test('a failure began with the last deployment of its release before it', () => {
  const all = [
    deployment('later', '2026-11-27T03:00:10Z'),
    deployment('own', '2026-11-27T03:00:00Z'),
    deployment('earlier', '2026-11-27T02:00:00Z'),
    deployment('other', '2026-11-27T03:00:01Z', '77aa'),
    deployment('elsewhere', '2026-11-27T03:00:02Z', '9ab1', 'prod'),
  ];
  expect(suspect(group, all)).toEqual({ deployment: 'own', afterUs: 9_000_000, isFirst: false });
});

test('the first deployment changed nothing', () => {
  const first = { ...deployment('own', '2026-11-27T03:00:00Z'), generation: 1 };
  expect(suspect(group, [first])?.isFirst).toBe(true);
});

test('without a deployment near it nothing is suspected', () => {
  expect(suspect({ ...group, beganOn: null }, [])).toBeUndefined();
  expect(suspect(group, [])).toBeUndefined();
});

test('what others deployed shortly before stands beside it, the nearest first', () => {
  const of = (integration: string, id: string, createdAt: string, environment = 'dev') => ({
    ...deployment(id, createdAt, '9ab1', environment),
    integration,
  });
  const all = [
    of('stock', 'near', '2026-11-27T02:59:00Z'),
    of('orders', 'nearest', '2026-11-27T03:00:00Z'),
    of('orders', 'before it', '2026-11-27T02:55:00Z'),
    of('prices', 'own', '2026-11-27T03:00:01Z'),
    of('shop', 'after it', '2026-11-27T03:00:10Z'),
    of('shop', 'long ago', '2026-11-27T02:50:00Z'),
    of('shop', 'elsewhere', '2026-11-27T03:00:00Z', 'prod'),
  ];
  expect(others(group, all).map((one) => [one.deployment.id, one.afterUs])).toEqual([
    ['nearest', 9_000_000],
    ['near', 69_000_000],
  ]);
});
