import { expect, test } from 'vitest';
import {
  back,
  isWithin,
  nonePassed,
  passes,
  saysStarted,
  saysWindow,
  startedSince,
  wider,
  windowOf,
} from './log-window';
import { readRange } from './range';

const between = { from: new Date('2026-11-28T03:10:00Z'), to: new Date('2026-11-28T03:12:00Z') };

test('the log has a time of its own, else that of the top bar where it stands still', () => {
  const live = readRange('1h', 0);
  const fixed = readRange('2026-11-28T03:00:00Z..2026-11-28T04:00:00Z', 0);
  const at = '2026-11-28T03:10:00Z..2026-11-28T03:12:00Z';
  expect(windowOf(at, fixed)).toMatchObject(between);
  expect(windowOf('dev', fixed)).toBe(fixed);
  expect(windowOf(null, live)).toBeUndefined();
});

test('it is widened on both sides and said with its seconds', () => {
  expect(wider(between)).toBe('2026-11-28T03:09:00.000Z..2026-11-28T03:13:00.000Z');
  const [from, to] = [new Date(2026, 10, 28, 3, 43, 41), new Date(2026, 10, 28, 3, 43, 51)];
  expect(saysWindow({ from, to }, from.getTime())).toBe('03:43:41 to 03:43:51');
  expect(saysWindow({ from, to }, from.getTime() + 86_400_000)).toBe('2026-11-28 03:43:41 to 2026-11-28 03:43:51');
});

test('only lines between the two are in it', () => {
  const times = ['03:09:59.999Z', '03:10:00Z', '03:12:00Z', '03:12:00.001Z'];
  expect(times.map((time) => isWithin(between, `2026-11-28T${time}`))).toEqual([false, true, true, false]);
  expect(isWithin(between, 'of a banner')).toBe(true);
});

test('reading ends when the last workload is past it, or with enough lines', () => {
  const [early, inside, late] = ['03:09:00Z', '03:11:00Z', '03:13:00Z'].map((time) => `2026-11-28T${time}`);
  const passed = nonePassed();
  const after = (workload: string, time = '') => passes(passed, between, { workload, time }, 2, 3);
  expect([after('a', early), after('a', inside), after('a', late), after('b', inside)]).toEqual(Array(4).fill(false));
  expect(after('b', late)).toBe(true);
  const few = nonePassed();
  const first = [1, 2, 3].map(() => passes(few, between, { workload: 'a', time: inside ?? '' }, 2, 3));
  expect(first).toEqual([false, false, true]);
});

test('what was started within or after it is named, with when that was', () => {
  const run = (integration: string, startedAt: string | null) => ({ integration, startedAt });
  const [orders, prices] = [run('orders', '2026-11-28T04:36:00Z'), run('prices', '2026-11-28T03:00:00Z')];
  const found = startedSince([orders, prices, run('stopped', null)], between);
  expect(found).toEqual([orders]);
  const at = new Date(2026, 10, 28, 4, 36, 10);
  const said = (now: number) => saysStarted([{ integration: 'orders', startedAt: at.toISOString() }], now);
  expect(said(at.getTime())).toBe('orders was started anew at 04:36:10');
  expect(said(at.getTime() + 86_400_000)).toBe('orders was started anew at 2026-11-28 04:36:10');
});

test('the command looks back far enough', () => {
  const now = Date.parse('2026-11-28T03:25:10Z');
  expect(back(between, now)).toBe('16m');
  expect(back({ ...between, from: new Date('2026-11-27T03:10:00Z') }, now)).toBe('25h');
});
