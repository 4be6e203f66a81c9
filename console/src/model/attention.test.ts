import { expect, test } from 'vitest';
import {
  countConnected,
  countRepair,
  countRunning,
  ofFailures,
  ofHandled,
  ofHolds,
  ofReleases,
  ofRuntimes,
  ofStillFailing,
  ofWorkloads,
  saysRepair,
  workloadsOf,
} from './attention';

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
    'a in dev: rolled back; the newest of 2 newer releases waits',
  ]);
});

test('the next step is a place of the console, and the command line is beside it', () => {
  const held = ofWorkloads([{ ...one('a', 'held'), nextAction: 'midplane resume a' }])[0];
  expect(held?.next).toBe('resume it');
  expect(held?.nextPath).toBe('/integrations/a');
  expect(held?.nextParameters).toEqual({ do: 'resume', at: 'dev' });
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
  expect([found[0]?.nextPath, found[0]?.nextParameters]).toEqual([
    '/integrations/a/routes/take',
    { do: 'start', at: 'dev' },
  ]);
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

const group = {
  id: 'g1',
  fingerprint: '4d',
  integration: 'orders',
  environment: 'dev',
  route: 'line',
  error: 'no price',
  errorClass: 'java.lang.IllegalArgumentException',
  state: 'OPEN' as const,
  stillFailing: false,
  count: 7,
  repaired: 0,
  open: 7,
  lastAt: '2026-01-02T00:00:00Z',
};
const open = (one: Partial<Parameters<typeof ofFailures>[0][number]>) => ({ ...group, ...one });

test('failures are urgent until they are repaired or somebody decided about them; what came back is first', () => {
  expect(ofFailures([open({ open: 0 }), open({ state: 'RESOLVED' }), open({ state: 'MUTED' })], 0)).toEqual([]);
  const found = ofFailures([open({}), open({ id: 'g2', state: 'RETURNED', open: 1, assignee: 'ana' })], 0);
  expect(found.map((one) => `${one.state} ${one.what}: ${one.why}`)).toEqual([
    'returned 1 message of orders/line: no price (ana looks after it)',
    'failed 7 messages of orders/line: no price',
  ]);
  expect(found[1]?.parameters).toEqual({ q: 'fingerprint:4d integration:orders route:line env:dev' });
  expect(ofFailures([open({})], Date.parse('2026-01-03'))[0]?.parameters).toEqual({
    q: 'fingerprint:4d integration:orders route:line env:dev since:7d',
  });
  expect(found[1]?.nextPath).toBe('/failures/g1');
});

test('what a route put aside needs somebody until it is replayed, and is told apart from what failed', () => {
  const aside = open({ id: 'g3', count: 239, repaired: 2, open: 0 });
  const found = ofHandled([open({}), aside, open({ count: 4, repaired: 4, open: 0 }), { ...aside, state: 'MUTED' }]);
  expect(found.map((one) => `${one.state} ${one.what}; ${one.path}`)).toEqual([
    'handled orders/line: 237 messages were put aside by the route itself; /failures/g3',
  ]);
});

test('what fails on though it was resolved needs somebody, and is no work to repair', () => {
  const goesOn = open({ state: 'RESOLVED', stillFailing: true });
  expect(
    ofStillFailing([open({}), open({ state: 'RESOLVED' }), goesOn]).map((one) => `${one.state} ${one.what}`),
  ).toEqual(['still_failing orders/line fails on though it was resolved']);
  expect([ofFailures([goesOn], 0), ofHandled([goesOn]), countRepair([goesOn]).kinds]).toEqual([[], [], 0]);
});

test('what is to repair is counted as it is listed', () => {
  const all = [open({}), open({ open: 0, count: 22, repaired: 22 }), open({ state: 'MUTED', open: 3 })];
  expect(countRepair(all)).toEqual({ messages: 7, kinds: 1, repaired: 22, repairedKinds: 1 });
  expect(saysRepair(countRepair(all))).toBe('messages of 1 kind, 22 repaired (1 kind all repaired)');
  expect(saysRepair(countRepair([open({ open: 1 })]))).toBe('message of 1 kind');
  expect(saysRepair(countRepair([]))).toBe('messages');
});

test('a workload whose newest commit was refused goes on, unless nothing runs', () => {
  const newest = { short: '9ab1', state: 'refused', problems: [{ message: 'a.yaml:3: no' }] };
  const states = (one: { state: string; keepsRunning: boolean }, last: typeof newest | null = newest) =>
    workloadsOf([{ newest: last, workloads: [one] }]).map(({ state }) => state);
  expect(states({ state: 'failed', keepsRunning: true })).toEqual(['running']);
  expect(states({ state: 'failed', keepsRunning: false })).toEqual(['failed']);
  expect(states({ state: 'failed', keepsRunning: true }, { ...newest, state: 'released' })).toEqual(['failed']);
});

test('a refused commit and a lost runtime are told with their reason', () => {
  expect(
    ofReleases([{ name: 'a', newest: { short: '9ab1', state: 'refused', problems: [{ message: 'a.yaml:3: no' }] } }])[0]
      ?.why,
  ).toBe('a.yaml:3: no');
  expect(ofReleases([{ name: 'a', newest: null }])).toEqual([]);
  const runtime = {
    name: 'laptop',
    state: 'connected',
    conditions: [{ component: 'clock', ok: false, reason: 'ahead' }],
  };
  expect(ofRuntimes([runtime])).toEqual([]);
  expect(ofRuntimes([{ ...runtime, state: 'lost' }])[0]?.state).toBe('lost');
  const ill = { ...runtime, conditions: [{ component: 'ports', ok: false, reason: 'no port is left' }] };
  expect(ofRuntimes([ill]).map((one) => `${one.what}: ${one.why}`)).toEqual([
    'Runtime laptop: Ports for workloads: no port is left',
  ]);
});
