import { expect, test } from 'vitest';
import { ofFailures, ofReleases, ofRuntimes, ofWorkloads } from './attention';

test('what failed comes before what is held, and what runs does not come at all', () => {
  const one = (integration: string, state: string, reason: string | null = null) => ({
    id: integration,
    integration,
    environment: 'dev',
    state,
    reason,
    behind: 2,
  });
  const found = ofWorkloads([one('a', 'held'), one('b', 'running'), one('c', 'failed', 'port taken')]);
  expect(found.map((it) => `${it.what}: ${it.why}`)).toEqual([
    'c in dev: port taken',
    'a in dev: held, 2 newer releases wait',
  ]);
});

test('a failure that the route dealt with is not urgent', () => {
  const group = { fingerprint: '4d', integration: 'orders', environment: 'dev', route: 'line', error: 'no price' };
  expect(ofFailures([{ ...group, count: 9, handled: 9 }])).toEqual([]);
  const [found] = ofFailures([{ ...group, count: 9, handled: 2 }]);
  expect(found?.what).toBe('7 messages of orders/line');
  expect(found?.parameters?.q).toBe('fingerprint:4d integration:orders');
});

test('a refused commit and a lost runtime are told with their reason', () => {
  expect(
    ofReleases([{ name: 'a', newest: { short: '9ab1', state: 'refused', problems: [{ message: 'a.yaml:3: no' }] } }])[0]
      ?.why,
  ).toBe('a.yaml:3: no');
  expect(ofReleases([{ name: 'a', newest: null }])).toEqual([]);
  expect(ofRuntimes([{ name: 'laptop', state: 'connected' }])).toEqual([]);
  expect(ofRuntimes([{ name: 'laptop', state: 'lost' }])[0]?.state).toBe('lost');
});
