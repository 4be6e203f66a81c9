import { expect, test } from 'vitest';
import { matches } from './jump';
import { ofActions, ofCommits, ofFailureGroups, ofRoutes, ofScreens } from './places';
import { readVerb, verbs } from './verbs';

const workload = { id: '1', integration: 'orders', environment: 'dev', state: 'running', held: false };

test('what a role may not see is no place', () => {
  expect(ofScreens(['message:read']).map((one) => one.name)).toEqual([
    'Messages',
    'Messages as they arrive',
    'Failures',
    'Bulk replays',
    'Settings',
  ]);
});

test('an action leads to its question and is there for who may do it', () => {
  const [first] = ofActions([workload], ['workload:operate']);
  expect(first).toMatchObject({
    name: 'Restart orders',
    path: '/integrations/orders',
    parameters: { do: 'restart', at: 'dev' },
    environment: 'dev',
  });
  expect(ofActions([workload], ['integration:read'])).toEqual([]);
});

test('a commit is found by its id and by its subject', () => {
  const places = ofCommits([
    {
      id: '7',
      integration: 'orders',
      environment: 'dev',
      release: { short: '9ab1', author: 'ana', subject: 'new price' },
    },
  ]);
  expect(matches(places, '9ab').at(0)?.parameters).toEqual({ id: '7' });
  expect(matches(places, 'price').map((one) => one.key)).toContain('c-7');
});

test('a failure is found by its text and by its route', () => {
  const group = { id: '9', integration: 'orders', environment: 'dev', route: 'take', count: 2 };
  const places = ofFailureGroups([{ ...group, error: 'no price for sku `TEA-10`', errorClass: 'x.Bad' }]);
  for (const typed of ['tea-10', 'no price', 'orders/take', 'take'])
    expect(matches(places, typed).map((one) => one.path)).toContain('/failures/9');
});

test('a route that is in two environments leads to that of its line', () => {
  const route = { integration: 'orders', name: 'take', environment: 'dev' };
  expect(ofRoutes([route])[0]?.parameters).toBeUndefined();
  expect(ofRoutes([route, { ...route, environment: 'prod' }]).map((one) => one.parameters?.env)).toEqual([
    'dev',
    'prod',
  ]);
});

test('only what makes sense is offered', () => {
  expect(verbs('stopped', false)).toEqual(['start', 'rollback']);
  expect(verbs('running', true)).toEqual(['restart', 'stop', 'resume']);
  expect([readVerb('stop'), readVerb('explode'), readVerb(null)]).toEqual(['stop', undefined, undefined]);
});
