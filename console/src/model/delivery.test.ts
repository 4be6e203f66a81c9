import { expect, test } from 'vitest';
import { became, isOver, repair, saysLeft, sourceSaid, wentWrong } from './delivery';

const asked = { kind: 'replay', source: 'edited', beginBefore: '2026-01-02T12:04:10Z' };

test('what is not known yet says until when it may still begin', () => {
  expect([isOver({ outcome: null }), isOver({ outcome: 'failed' })]).toEqual([false, true]);
  expect(became(asked).text).toMatch(/not begun after \d\d:04:10; you may leave/);
});

test('what became of it names the message that it made', () => {
  const done = { ...asked, outcome: 'completed', message: '01JF0000008C30', durationUs: 12_000 };
  expect(became(done)).toEqual({ tone: 'good', text: 'Completed in 12 ms, as message 8C30' });
  expect(became({ ...asked, outcome: 'not_done' })).toEqual({ tone: 'bad', text: 'Not done' });
  expect(became({ ...asked, outcome: 'unknown' }).tone).toBe('held');
  expect(became({ ...asked, outcome: 'done_somehow' }).text).toBe('done somehow');
  expect(became(done, true).text).toBe('Repaired: completed in 12 ms, as message 8C30');
  expect(became({ ...done, outcome: 'failed' }, true).text).toBe('Failed in 12 ms, as message 8C30');
  expect(sourceSaid('recorded')).toBe('as it was recorded');
});

test('the newest replay that went well is the repair', () => {
  const one = (kind: string, outcome: string | null, message: string) => ({ kind, outcome, message });
  const all = [one('replay', null, 'D'), one('replay', 'failed', 'C'), one('replay', 'handled', 'B')];
  expect(repair([...all, one('replay', 'completed', 'A')])?.message).toBe('B');
  expect(repair([one('send', 'completed', 'A'), one('replay', 'unknown', 'B')])).toBeUndefined();
  expect(['failed', 'handled', 'completed'].map(wentWrong)).toEqual([true, true, false]);
});

test('after one repair the others of its kind are counted, put aside by the route or not', () => {
  expect(saysLeft({ count: 12, repaired: 1 })).toBe('11 others of this kind are open');
  expect(saysLeft({ count: 2, repaired: 1 })).toBe('1 other of this kind is open');
  expect(saysLeft({ count: 2, repaired: 2 })).toBe('');
});
