import { expect, test } from 'vitest';
import { matches } from './jump';
import { ofActions, ofCommits, ofScreens } from './places';
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
    parameters: { env: 'dev', do: 'restart' },
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
  expect(matches(places, '9ab').at(0)?.parameters).toEqual({ id: '7', env: 'dev' });
  expect(matches(places, 'price').at(0)?.key).toBe('c-7');
});

test('only what makes sense is offered', () => {
  expect(verbs('stopped', false)).toEqual(['start', 'rollback']);
  expect(verbs('running', true)).toEqual(['restart', 'stop', 'resume']);
  expect([readVerb('stop'), readVerb('explode'), readVerb(null)]).toEqual(['stop', undefined, undefined]);
});
