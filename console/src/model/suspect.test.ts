import { expect, test } from 'vitest';
import { suspect } from './suspect';

const deployment = (id: string, createdAt: string, short = '9ab1', environment = 'dev') => ({
  id,
  integration: 'prices',
  environment,
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
  expect(suspect(group, all)).toEqual({ deployment: 'own', afterUs: 9_000_000 });
});

test('without a deployment near it nothing is suspected', () => {
  expect(suspect({ ...group, beganOn: null }, [])).toBeUndefined();
  expect(suspect(group, [])).toBeUndefined();
});
