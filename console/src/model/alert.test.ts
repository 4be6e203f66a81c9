import { expect, test } from 'vitest';
import { became, groupOf, isMuted, nextOf, splitPath, took } from './alert';

test('an alert leads to a page of ours and nowhere else', () => {
  expect(splitPath('/messages?q=fingerprint:a1+integration:orders')).toEqual({
    path: '/messages',
    parameters: { q: 'fingerprint:a1 integration:orders' },
  });
  expect(splitPath('//evil.example/x').path).toBe('/');
  expect(splitPath('javascript:alert(1)').path).toBe('/');
});

test('a mute ends by itself', () => {
  const alert = { mutedUntil: '2026-11-27T03:00:00Z' };
  expect(isMuted(alert, Date.parse('2026-11-27T02:59:59Z'))).toBe(true);
  expect(isMuted(alert, Date.parse('2026-11-27T03:00:01Z'))).toBe(false);
  expect(isMuted({ mutedUntil: null }, 0)).toBe(false);
});

test('an attempt arrived, is tried again or was given up', () => {
  const attempt = { message: 'm' };
  expect(became({ ...attempt, status: 204 })).toBe('arrived');
  expect(became({ ...attempt, status: 500, nextAt: '2026-11-27T03:00:00Z' })).toBe('waiting');
  expect(became({ ...attempt, error: 'no route to host' })).toBe('given_up');
});

test('an alert of failures leads to their group', () => {
  const alert = { title: 'orders/take fails in a new way', path: '/messages?q=fingerprint:a1+integration:orders' };
  const group = { fingerprint: 'a1', integration: 'orders', route: 'take', open: 0 };
  const others = [
    { ...group, route: 'taken' },
    { ...group, fingerprint: 'a2' },
  ];
  expect(groupOf(alert, [...others, group])).toBe(group);
  expect(groupOf(alert, others)).toBeUndefined();
  const open = { ...group, open: 2 };
  expect(groupOf(alert, [group, open])).toBe(open);
  expect(groupOf({ ...alert, path: '/runtimes/laptop' }, [group])).toBeUndefined();
});

test('what is repaired is to be resolved', () => {
  expect(nextOf({ state: 'OPEN', count: 3, repaired: 3, open: 0 })).toBe('all repaired; resolve it');
  expect(nextOf({ state: 'OPEN', count: 4, repaired: 3, open: 1 })).toBeUndefined();
});

test('what was not sent took no time', () => {
  expect([took({ tookMs: 0 }), took({ status: 204, tookMs: 0 }), took({ tookMs: 3 })]).toEqual([
    '',
    '< 1 ms',
    '3.0 ms',
  ]);
});
