import { expect, test } from 'vitest';
import {
  asideOf,
  commandOf,
  countStates,
  isAside,
  isRepaired,
  isShown,
  mute,
  newestOf,
  offered,
  queryOf,
  readStates,
  reopens,
  repairOf,
  saysCounts,
  saysJustFailed,
  saysRepaired,
  titleOf,
  toggleState,
  told,
  undo,
  writeStates,
} from './failure';

test('an address without states shows what needs somebody', () => {
  expect(readStates(null)).toEqual(['OPEN', 'RETURNED']);
  expect(readStates('nonsense')).toEqual(['OPEN', 'RETURNED']);
  expect(readStates('muted,resolved,x')).toEqual(['MUTED', 'RESOLVED']);
  expect(writeStates(['RETURNED', 'OPEN'])).toBeNull();
  expect(writeStates(['MUTED', 'OPEN'])).toBe('open,muted');
  expect(readStates(writeStates(['RESOLVED']))).toEqual(['RESOLVED']);
});

test('a state is added and taken away, and the last one stays', () => {
  expect(toggleState(['OPEN'], 'MUTED')).toEqual(['OPEN', 'MUTED']);
  expect(toggleState(['OPEN', 'MUTED'], 'OPEN')).toEqual(['MUTED']);
  expect(toggleState(['MUTED'], 'MUTED')).toEqual(['MUTED']);
});

test('every state is counted, also one that nothing is in', () => {
  expect(countStates([{ state: 'OPEN' }, { state: 'OPEN' }, { state: 'MUTED' }])).toEqual({
    OPEN: 2,
    RETURNED: 0,
    MUTED: 1,
    RESOLVED: 0,
  });
});

test('what is offered depends on the state', () => {
  expect(offered('OPEN')).toEqual(['resolve', 'mute']);
  expect(offered('RETURNED')).toEqual(['resolve', 'mute']);
  expect(offered('MUTED')).toEqual(['reopen', 'resolve']);
  expect(offered('RESOLVED')).toEqual(['reopen']);
  expect(offered('RESOLVED', true)).toEqual(['reopen', 'mute']);
});

test('what fails on though it was resolved is seen whatever is asked for', () => {
  const resolved = { state: 'RESOLVED' as const, stillFailing: false };
  expect(isShown(resolved, ['OPEN'])).toBe(false);
  expect(isShown(resolved, ['RESOLVED'])).toBe(true);
  expect(isShown({ ...resolved, stillFailing: true }, ['OPEN'])).toBe(true);
});

test('a change is taken back to what was before, where that is simple', () => {
  const group = { fingerprint: '7f00', state: 'OPEN' as const, assignee: 'ana' };
  expect(undo(group, { do: 'resolve' })).toEqual({ do: 'reopen' });
  expect(undo(group, { do: 'assign', to: null })).toEqual({ do: 'assign', to: 'ana' });
  expect(undo({ ...group, note: 'asked' }, { do: 'note', note: null })).toEqual({ do: 'note', note: 'asked' });
  const muted = { ...group, state: 'MUTED' as const, mutedUntil: '2026-01-02T00:00:00Z' };
  expect(undo(muted, { do: 'reopen' })).toEqual({ do: 'mute', until: '2026-01-02T00:00:00Z' });
  expect(undo({ ...group, state: 'RESOLVED' }, { do: 'reopen' })).toBeUndefined();
});

test('a mute ends after its time, or never', () => {
  expect(mute(3_600, 0)).toEqual({ do: 'mute', until: '1970-01-01T01:00:00.000Z' });
  expect(mute(null, 0)).toEqual({ do: 'mute', until: null });
  expect(told(mute(null, 0), 'OPEN')).toBe('Muted for good');
});

test('an action is a command', () => {
  const group = '7f00a1b2c3d4e5f6';
  expect(commandOf(group, { do: 'resolve' })).toBe('midplane failures resolve 7f00a1b2');
  expect(commandOf(group, mute(86_400, 0), '1d')).toBe('midplane failures mute 7f00a1b2 --for 1d');
  expect(commandOf(group, { do: 'assign', to: 'ana maria' })).toBe("midplane failures assign 7f00a1b2 'ana maria'");
  expect(commandOf(group, { do: 'assign', to: null })).toBe('midplane failures assign 7f00a1b2 --nobody');
  expect(commandOf(group, { do: 'note', note: null })).toBe('midplane failures note 7f00a1b2 --remove');
});

test('its messages are found where they failed, and only as far back as it goes', () => {
  const group = { fingerprint: '7f', integration: 'orders', environment: 'dev', route: 'a b' };
  expect(queryOf(group)).toBe('fingerprint:7f integration:orders route:"a b" env:dev');
  expect(repairOf({ ...group, firstAt: '2026-01-02T00:00:01Z' })).toBe(
    'fingerprint:7f integration:orders route:"a b" env:dev outcome:failed since:2026-01-02T00:00:00.000Z',
  );
  expect(asideOf({ ...group, firstAt: '2026-01-02T00:00:01Z' })).toContain(
    'outcome:handled replayed:open -is:replay since:',
  );
});

test('what is repaired waits for a word, and what the route handled is not repaired', () => {
  const group = { state: 'OPEN' as const, count: 9, repaired: 9, open: 0 };
  expect(isRepaired(group)).toBe(true);
  expect(isRepaired({ ...group, count: 10, open: 1 })).toBe(false);
  expect(isRepaired({ ...group, state: 'RESOLVED' })).toBe(false);
  expect(isRepaired({ ...group, repaired: 0 })).toBe(false);
  expect([saysRepaired(group), saysRepaired({ repaired: 1 })]).toEqual([
    'All 9 are repaired',
    'The one that failed is repaired',
  ]);
  expect(isAside(group)).toBe(false);
  const aside = { ...group, count: 205, repaired: 1 };
  expect([isAside(aside), isRepaired(aside)]).toEqual([true, false]);
  expect(isAside({ ...aside, open: 1 })).toBe(false);
});

test('every message of a group is counted once', () => {
  const one = { count: 205, repaired: 1, open: 0 };
  expect(saysCounts(one)).toBe('205: 204 handled by the route, 1 repaired by a replay');
  expect(saysCounts({ ...one, open: 204 })).toBe('205: 204 to repair, 1 repaired by a replay');
  expect(saysCounts({ count: 9, repaired: 0, open: 4 })).toBe('9: 4 to repair, 5 handled by the route');
});

test('a group of many is called by what all of them said', () => {
  const wrapped =
    'Multicast failed. Exchange[A1]. Caused by: [java.lang.IllegalArgumentException - no price for `TEA-10`]';
  const group = { error: wrapped, errorClass: 'java.lang.IllegalArgumentException', count: 25 };
  expect([titleOf(group), newestOf(group)]).toEqual(['no price for `…`', 'no price for `TEA-10`']);
  expect(titleOf({ ...group, count: 1 })).toBe('no price for `TEA-10`');
  expect(newestOf({ ...group, count: 1 })).toBeUndefined();
  expect([titleOf({ ...group, error: '' }), newestOf({ ...group, error: '' })]).toEqual([group.errorClass, undefined]);
});

test('what ends a mute is called so', () => {
  expect([reopens('MUTED'), reopens('RESOLVED')]).toEqual(['Un-mute', 'Open again']);
  expect([told({ do: 'reopen' }, 'MUTED'), told({ do: 'reopen' }, 'RESOLVED')]).toEqual([
    'No longer muted',
    'Open again',
  ]);
});

test('what has just failed comes back', () => {
  const now = Date.parse('2026-01-02T00:01:00Z');
  expect(saysJustFailed({ lastAt: '2026-01-02T00:00:48Z' }, now)).toBe(
    'It last failed 12 s before you resolved it. If that goes on, it is shown as still failing.',
  );
  expect(saysJustFailed({ lastAt: '2026-01-02T00:01:01Z' }, now)).toContain('failed just before you');
  expect(saysJustFailed({ lastAt: '2026-01-01T23:59:59Z' }, now)).toBeUndefined();
});
