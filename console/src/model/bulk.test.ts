import { expect, test } from 'vitest';
import {
  actions,
  and,
  asOf,
  candidates,
  chosen,
  commandOf,
  endedOf,
  fate,
  groupAmong,
  groupOf,
  isBad,
  isCanaryGood,
  isHopeless,
  isOutdated,
  next,
  pair,
  parts,
  proposed,
  saysOthers,
  saysRules,
  saysTried,
  shownState,
  type Tally,
  tally,
  wrong,
} from './bulk';

test('many messages begin with a canary, a handful does not', () => {
  expect(proposed(40)).toEqual({ canary: 5, perSecond: 10, stopAfter: 3 });
  expect(proposed(4).canary).toBeNull();
});

test('what cannot be asked for is said before it is', () => {
  expect(wrong({ canary: null, perSecond: 10, stopAfter: 0 })).toBeUndefined();
  expect(wrong({ canary: 0, perSecond: 10, stopAfter: 3 })).toContain('canary');
  expect(wrong({ canary: 1, perSecond: 0, stopAfter: 3 })).toContain('between 1 and 1000');
  expect(wrong({ canary: 1, perSecond: 1.5, stopAfter: 3 })).toContain('rate');
  expect(wrong({ canary: 1, perSecond: Number.NaN, stopAfter: 3 })).toContain('rate');
  expect(wrong({ canary: 1, perSecond: 1, stopAfter: -1 })).toContain('stops');
});

test('a term more narrows all of a query, and bounds stay outside of brackets', () => {
  expect(and('route:a since:1h', 'replayed:ok')).toBe('route:a since:1h replayed:ok');
  expect(and('route:a OR route:b since:1h', 'replayed:ok')).toBe('(route:a OR route:b) since:1h replayed:ok');
  expect(and('(a OR b) since:1h', 'replayed:no')).toBe('(a OR b) since:1h replayed:no');
  expect(candidates('route:a')).toBe('route:a -is:replay replayed:open');
});

test('chosen messages are named, within their own time', () => {
  const one = { id: 'B', startedAt: '2026-01-02T00:00:00.500Z' };
  const other = { id: 'A', startedAt: '2026-01-02T00:00:03Z' };
  expect(chosen([one])).toBe('B since:2026-01-02T00:00:00.499Z until:2026-01-02T00:00:00.501Z');
  expect(chosen([one, other])).toBe('(A OR B) since:2026-01-02T00:00:00.499Z until:2026-01-02T00:00:03.001Z');
});

test('it is a command, dry or real', () => {
  const rules = { canary: 5, perSecond: 10, stopAfter: 3 };
  expect(commandOf('route:a outcome:failed', rules)).toBe(
    "midplane replay 'route:a outcome:failed' --canary=5 --rate=10/s --stop-after=3",
  );
  expect(commandOf('route:a', { ...rules, canary: null }, { isDry: true })).toBe(
    'midplane replay route:a --dry-run --stop-after=3',
  );
  expect(commandOf('route:a', { ...rules, canary: null }, { repeats: true })).toBe(
    'midplane replay route:a --rate=10/s --stop-after=3 --yes',
  );
});

test('what was asked for and what was tried is said in words', () => {
  expect(saysRules({ canary: 5, perSecond: 10, stopAfter: 1 })).toBe(
    '5 first, at most 10 a second, pauses after 1 failure',
  );
  expect(saysRules({ canary: null, perSecond: 1, stopAfter: 0 })).toBe('at most 1 a second, never pauses by itself');
  const where = 'in a sandbox, from which nothing gets out';
  expect(saysTried({ tried: 2, of: 5, isAll: false }, true)).toBe(`Trying the newest 5 ${where}: 2 done`);
  expect(saysTried({ tried: 5, of: 5, isAll: false }, false)).toBe(`Tried the newest 5 ${where}`);
  expect(saysTried({ tried: 3, of: 14, isAll: true, pauses: true }, false)).toBe(
    `Tried the newest 3 ${where}; a replay would pause there`,
  );
  expect(saysTried({ tried: 3, of: 3, isAll: true }, false)).toBe(`Tried 3 ${where}`);
});

test('equal fates are counted together, the most frequent first', () => {
  const stopped = { outcome: 'failed', stoppedAt: 'http://prices', stoppedBecause: 'it failed then', stubs: [] };
  expect(fate(stopped)).toEqual({ is: 'stopped', text: 'would stop at http://prices: it failed then' });
  expect(fate({ outcome: 'failed', error: 'no price', stubs: [] })).toEqual({
    is: 'failed',
    text: 'would fail: no price',
  });
  const all = ['A', 'B', 'C'].reduce(
    (sum, id) => tally(sum, id, fate({ outcome: id === 'A' ? 'failed' : 'completed', error: 'x', stubs: [] })),
    [] as Tally,
  );
  expect(all).toEqual([
    { fate: { is: 'good', text: 'would complete' }, count: 2, sample: 'B' },
    { fate: { is: 'failed', text: 'would fail: x' }, count: 1, sample: 'A' },
  ]);
  expect(isHopeless(all)).toBe(false);
});

test('a call that was not made keeps a good end open', () => {
  const kept = { uri: 'sql:INSERT', what: 'send', bytes: 9, answered: 'unchanged' };
  const said = fate({ outcome: 'completed', stubs: [kept] });
  expect(said).toEqual({ is: 'provided', text: 'would complete, if the call that was not made goes well' });
  expect([isBad(said), isBad(fate({ outcome: 'failed', stubs: [kept] }))]).toEqual([false, true]);
});

test('a failure that was recorded of a read is no word of a replay, which asks anew', () => {
  const stop = { outcome: 'failed', stubs: [], stoppedAt: 'http://prices/TEA-10', stoppedStep: 3 };
  const said = fate({ ...stop, stoppedBecause: 'its recorded reply was the failure (404)' });
  expect(said).toEqual({
    is: 'outdated',
    text: 'not known: what was recorded at http://prices/TEA-10 was the failure (404); a replay asks anew',
  });
  expect([isBad(said), isOutdated(tally([], 'A', said))]).toEqual([false, true]);
  const post = { uri: stop.stoppedAt, what: 'POST', bytes: 9, answered: null };
  expect(fate({ ...stop, stubs: [post], stoppedBecause: 'its recorded reply was the failure (500)' }).is).toBe(
    'stopped',
  );
  const other = fate({ ...stop, stoppedBecause: 'the message has no recorded reply of this step' });
  expect([other.is, isBad(other)]).toEqual(['stopped', true]);
});

test('fates that differ in ids alone are one', () => {
  const failed = (exchange: string, sku: string) =>
    fate({
      outcome: 'failed',
      stubs: [],
      error: `Multicast processing failed for number 0. Exchange[${exchange}]. Caused by: [java.lang.IllegalArgumentException - no price for sku \`${sku}\`]`,
    });
  const alike = tally(tally([], 'A', failed('FEF5-0D', 'TEA-10')), 'B', failed('FEF5-0E', 'TEA-10'));
  expect(alike).toEqual([
    { fate: { is: 'failed', text: 'would fail: no price for sku `TEA-10`' }, count: 2, sample: 'A' },
  ]);
  const all = tally(alike, 'C', failed('FEF5-0F', 'MUG-1'));
  expect(all.map((one) => [one.fate.text, one.count])).toEqual([['would fail: no price for sku `…`', 3]]);
  expect(isHopeless(all)).toBe(true);
  expect(isHopeless([])).toBe(false);
});

const PROGRESS = {
  state: 'paused',
  total: 20,
  begun: 6,
  completed: 3,
  handled: 0,
  failed: 1,
  unknown: 0,
  notDone: 0,
  refused: 1,
  canary: 6,
};

test('every message stands in one part', () => {
  const all = parts(PROGRESS);
  expect(all.map((one) => `${one.count} ${one.is}`)).toEqual([
    '3 completed',
    '1 failed',
    '1 refused',
    '1 going',
    '14 waiting',
  ]);
  expect(all.reduce((sum, one) => sum + one.count, 0)).toBe(20);
  expect(endedOf(PROGRESS)).toBe(5);
});

test('what can be asked, and what to do next, follows from the state', () => {
  expect(actions('running')).toEqual(['PAUSE', 'CANCEL']);
  expect(actions('paused')).toEqual(['RESUME', 'CANCEL']);
  expect(actions('ended')).toEqual([]);
  expect([shownState('running'), shownState('paused')]).toEqual(['replaying', 'paused']);
  const good = { ...PROGRESS, completed: 6, failed: 0, refused: 0 };
  expect([isCanaryGood(good), isCanaryGood(PROGRESS)]).toEqual([true, false]);
  expect(isCanaryGood({ ...good, begun: 7, completed: 7 })).toBe(false);
  expect(next(good)).toContain('the others');
  expect(next(PROGRESS)).toContain('until somebody goes on');
  expect(next({ ...PROGRESS, state: 'ended' })).toContain('see why');
  expect(next({ ...PROGRESS, state: 'running' })).toBeUndefined();
});

test('a replay of a group names it', () => {
  expect(groupOf('fingerprint:7f integration:orders')).toBe('7f');
  expect(groupOf('route:a')).toBeUndefined();
  const group = { fingerprint: '7f', integration: 'orders', route: 'a b', environment: 'dev' };
  const query = 'fingerprint:7f integration:orders route:"a b" env:dev outcome:failed since:2026-01-02T00:00:00Z';
  expect(groupAmong(query, [{ ...group, environment: 'prod' }, group])).toBe(group);
  expect(groupAmong('fingerprint:7f', [group])).toBeUndefined();
});

test('what a replay leaves is said, and a list of it ends where it was asked for', () => {
  expect(saysOthers(0)).toBe('');
  expect(saysOthers(1)).toContain('One more is to repair');
  expect(saysOthers(3)).toContain('at work on them');
  expect(asOf('route:a', '2026-01-02T00:00:00Z')).toBe('route:a until:2026-01-02T00:00:00Z');
  expect(asOf('route:a until:1h', '2026-01-02T00:00:00Z')).toBe('route:a until:1h');
});

test('two chosen messages are compared, what failed with what went well', () => {
  const good = { id: 'A', outcome: 'completed' };
  const bad = { id: 'B', outcome: 'failed' };
  expect(pair([good, bad])).toEqual({ id: 'B', with: 'A' });
  expect(pair([bad, good])).toEqual({ id: 'B', with: 'A' });
  expect(pair([bad])).toBeUndefined();
  expect(pair([bad, good, good])).toBeUndefined();
});
