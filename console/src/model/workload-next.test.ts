import { expect, test } from 'vitest';
import { nextOf } from './workload-next';

const all = () => true;

test('what a command would do is an action of the page', () => {
  expect(nextOf({ state: 'held', nextAction: 'midplane resume orders' }, all)).toMatchObject({ verb: 'resume' });
  expect(nextOf({ state: 'stopped', nextAction: 'midplane start orders' }, all)).toMatchObject({ verb: 'start' });
  expect(nextOf({ state: 'runtime_lost', nextAction: 'midplane doctor' }, all)?.is).toBe('runtime');
  expect(nextOf({ state: 'failed', nextAction: 'fix it and push' }, all)?.text).toBe('fix it and push');
});

test('no command is shown as the next step, and nothing that the role may not do', () => {
  expect(nextOf({ state: 'running', nextAction: 'midplane route start orders/take' }, all)).toBeUndefined();
  expect(nextOf({ state: 'held', nextAction: 'midplane resume orders' }, () => false)).toBeUndefined();
});
