import { expect, test } from 'vitest';
import { countConnected, countRunning, ofFailures, ofHolds, ofReleases, ofRuntimes, ofWorkloads } from './attention';

const one = (integration: string, state: string, reason: string | null = null) => ({
  id: integration,
  integration,
  environment: 'dev',
  runtime: 'laptop',
  state,
  reason,
  behind: 2,
  routes: [] as Parameters<typeof ofHolds>[0][number]['routes'],
});

test('what failed comes before what is held, and what runs does not come at all', () => {
  const found = ofWorkloads([one('a', 'held'), one('b', 'running'), one('c', 'failed', 'port taken')]);
  expect(found.map((it) => `${it.what}: ${it.why}`)).toEqual([
    'c in dev: port taken',
    'a in dev: held, 2 newer releases wait',
  ]);
});

test('the next step is a place of the console, and the command line is beside it', () => {
  const held = ofWorkloads([{ ...one('a', 'held'), nextAction: 'midplane resume a' }])[0];
  expect(held?.next).toBe('resume it');
  expect(held?.nextPath).toBe('/integrations/a');
  expect(held?.nextParameters).toEqual({ do: 'resume', env: 'dev' });
  expect(held?.command).toBe('midplane resume a');
  const lost = ofWorkloads([{ ...one('a', 'runtime_lost'), nextAction: 'midplane doctor' }])[0];
  expect(lost?.nextPath).toBe('/runtimes/laptop');
  const failed = ofWorkloads([{ ...one('a', 'failed'), nextAction: 'fix it and push' }])[0];
  expect([failed?.next, failed?.nextPath]).toEqual(['fix it and push', undefined]);
});

test('a route that somebody stopped in what runs needs somebody', () => {
  const hold = (route: string, state: string) => ({ route, state, by: 'ana', at: '2026-01-02T00:00:00Z' });
  const routes = [hold('take', 'stopped'), hold('line', 'suspended'), hold('bulk', 'started')];
  const found = ofHolds([
    { ...one('a', 'running'), routes },
    { ...one('b', 'stopped'), routes },
  ]);
  expect(found.map((it) => `${it.state} ${it.what}: ${it.why}; ${it.next}`)).toEqual([
    'stopped Route take of a in dev: stopped by ana; start it',
    'held Route line of a in dev: suspended by ana; resume it',
  ]);
  expect(found[1]?.command).toBe('midplane route resume a/line');
  expect(found[0]?.nextPath).toBe('/integrations/a');
});

test('what is held serves, and what never connected is not lost', () => {
  expect(countRunning([{ state: 'running' }, { state: 'held' }, { state: 'failed' }])).toEqual({ running: 2, held: 1 });
  expect(countConnected([{ state: 'connected' }, { state: 'awaited' }, { state: 'revoked' }])).toEqual({
    connected: 1,
    waiting: 1,
    expected: 1,
  });
  expect(countConnected([{ state: 'connected' }, { state: 'lost' }]).expected).toBe(2);
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
