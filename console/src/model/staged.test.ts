import { expect, test } from 'vitest';
import { backTo, before, canGoBack, earlier, heldBack, ranAt, waits } from './staged';

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

test('only the newest of what waits is deployed', () => {
  expect([0, 1, 3].map(waits)).toEqual([
    'no newer release waits',
    '1 newer release waits',
    'the newest of 3 newer releases waits',
  ]);
  expect(heldBack({ state: 'held', behind: 1 })).toBe('rolled back; 1 newer release waits');
  expect(heldBack({ state: 'running', behind: 1 })).toBeUndefined();
});

test('a way back is offered to what was live and does not run now', () => {
  const old = { ...deployment(1, 'a'), phase: 'ready' };
  const workload = { held: false, release: { id: 'b' } };
  expect(canGoBack(old, workload)).toBe(true);
  expect(canGoBack({ ...old, phase: 'failed' }, workload)).toBe(false);
  expect(canGoBack(old, { held: false, release: { id: 'a' } })).toBe(false);
  expect(canGoBack(old, { ...workload, held: true })).toBe(false);
  expect(canGoBack(old, undefined)).toBe(false);
});

test('what was ready last before a refused commit ran on', () => {
  const [first, second, failed] = [1, 2, 3].map((at) => ({
    ...deployment(at, `r${at}`),
    phase: at === 3 ? 'failed' : 'ready',
  }));
  const all = [failed, second, first].flatMap((one) => (one ? [one] : []));
  expect(ranAt(all, 'orders', '2026-11-27T04:00:00Z')).toEqual([second]);
  expect(ranAt(all, 'orders', '2026-11-27T01:30:00Z')).toEqual([first]);
  expect(ranAt(all, 'prices', '2026-11-27T04:00:00Z')).toEqual([]);
});

test('a release with the same files is passed over, unless it was asked for or there is no other', () => {
  const made = (id: string, bundle: string | null, camel = '4') => ({
    id,
    commit: id,
    bundle,
    camel,
    dependencies: [],
  });
  const [same, other] = [made('b', 'x'), made('a', 'y')];
  expect(backTo([same, other], made('c', 'x'), undefined)).toBe(other);
  expect(backTo([same, other], made('c', 'x', '3'), undefined)).toBe(same);
  expect(backTo([same, other], made('c', 'x'), 'b')).toBe(same);
  expect(backTo([same], made('c', 'x'), undefined)).toBe(same);
  const unknown = made('b', null);
  expect(backTo([unknown, other], made('c', null), undefined)).toBe(unknown);
  expect(backTo([], same, undefined)).toBeUndefined();
});
