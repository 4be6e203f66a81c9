import { expect, test } from 'vitest';
import { standings } from './standing';

const deployment = (id: string, phase = 'ready', integration = 'orders') => ({
  id,
  integration,
  environment: 'dev',
  phase,
});
const states = (all: ReturnType<typeof deployment>[], state = 'running') =>
  [...standings(all, [{ integration: 'orders', environment: 'dev', state }]).values()].map((one) => one.state);

test('the newest that became ready is live, those before it were replaced', () => {
  const all = [deployment('5', 'failed'), deployment('4'), deployment('3', 'superseded'), deployment('2')];
  expect(states(all)).toEqual(['failed', 'live', 'superseded', 'replaced']);
  expect(states([...all, deployment('1', 'ready', 'prices')]).at(-1)).toBe('live');
});

test('nothing of a workload that was stopped is live', () => {
  expect(states([deployment('2'), deployment('1')], 'stopped')).toEqual(['stopped', 'replaced']);
});

test('a phase that others follow is on its way', () => {
  expect(standings([deployment('1', 'resolved')], []).get('1')).toEqual({ state: 'resolved', tone: 'busy' });
});
