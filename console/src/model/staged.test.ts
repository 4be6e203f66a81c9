import { expect, test } from 'vitest';
import { before, earlier } from './staged';

const deployment = (generation: number, release: string, phase = 'ready') => ({
  id: `d${generation}`,
  generation,
  integration: 'orders',
  environment: 'dev',
  createdAt: `2026-11-27T0${generation}:00:00Z`,
  release: { id: release },
  phases: [{ phase: 'sent' }, { phase }],
});

test('only what ran before can be gone back to, each release once', () => {
  const all = [
    deployment(5, 'c'),
    deployment(4, 'bad', 'failed'),
    deployment(3, 'b'),
    deployment(2, 'a'),
    deployment(1, 'b'),
  ];
  const back = earlier(all, 'orders', 'dev', 'c');
  expect(back.map((one) => [one.id, one.deployedAt.slice(11, 13)])).toEqual([
    ['b', '03'],
    ['a', '02'],
  ]);
  expect(earlier(all, 'orders', 'prod', 'c')).toEqual([]);
});

test('the deployment before is of the same place', () => {
  const [newer, older] = [deployment(3, 'b'), deployment(2, 'a')];
  const elsewhere = { ...deployment(2, 'x'), id: 'x', environment: 'prod' };
  expect(before([newer, elsewhere, older, deployment(1, 'a')], newer)?.id).toBe('d2');
  expect(before([newer], newer)).toBeUndefined();
});
