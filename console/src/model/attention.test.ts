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

test('failures are urgent until they are repaired or somebody decided about them; what came back is first', () => {
  const group = {
    id: 'g1',
    fingerprint: '4d',
    integration: 'orders',
    environment: 'dev',
    route: 'line',
    error: 'no price',
  };
  const open = (one: Partial<Parameters<typeof ofFailures>[0][number]>) => ({
    ...group,
    state: 'OPEN' as const,
    open: 7,
    lastAt: '2026-01-02T00:00:00Z',
    ...one,
  });
  expect(ofFailures([open({ open: 0 }), open({ state: 'RESOLVED' }), open({ state: 'MUTED' })], 0)).toEqual([]);
  const found = ofFailures([open({}), open({ id: 'g2', state: 'RETURNED', open: 1, assignee: 'ana' })], 0);
  expect(found.map((one) => `${one.state} ${one.what}: ${one.why}`)).toEqual([
    'returned 1 message of orders/line: no price (ana looks after it)',
    'failed 7 messages of orders/line: no price',
  ]);
  expect(found[1]?.parameters?.q).toBe('fingerprint:4d integration:orders route:line env:dev');
  expect(found[1]?.parameters?.range).toBeUndefined();
  expect(ofFailures([open({})], Date.parse('2026-01-03'))[0]?.parameters?.range).toBe('7d');
  expect(found[1]?.nextPath).toBe('/failures/g1');
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
