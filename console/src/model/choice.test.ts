import { expect, test } from 'vitest';
import { choose, likeliest, options, placeOf, recordedFailure, says, toReplies, without } from './choice';

const known = new Map([[7, '5.2.1']]);

test('a read over HTTP may really be asked, nothing else', () => {
  const stop = { stoppedAt: 'http://prices/TEA-10', stoppedStep: 7 };
  expect(options(stop)).toEqual(['from', 'given', 'allow']);
  expect(options({ ...stop, stoppedAt: 'jms:queue:a' })).toEqual(['from', 'given']);
  expect(options({ stoppedAt: 'http://new' })).toEqual(['from', 'given', 'allow']);
  expect(options({ stoppedAt: 'jms:queue:a' })).toEqual(['given']);
  expect(placeOf(stop)).toEqual({ step: 7 });
  expect(placeOf({ stoppedAt: 'http://new' })).toEqual({ uri: 'http://new' });
  expect(placeOf({})).toBeUndefined();
});

test('a read whose recorded answer was the failure is asked anew, and that is chosen where no success is known', () => {
  const stop = {
    stoppedAt: 'http://prices/TEA-10',
    stoppedStep: 7,
    stoppedBecause: 'its recorded reply was the failure (404)',
    stubs: [{ what: 'GET', step: 7 }],
  };
  expect([recordedFailure(stop), likeliest(stop)]).toEqual(['the failure (404)', 'allow']);
  expect(likeliest({ ...stop, suggestion: '019A0007' })).toBe('from');
  const others = [
    { ...stop, stubs: [{ what: 'POST', step: 7 }] },
    { ...stop, stoppedBecause: 'it failed in the original, so there is no reply' },
    { ...stop, stoppedAt: 'jms:queue:a' },
  ];
  for (const one of others) expect([recordedFailure(one), likeliest(one)]).toEqual([undefined, 'given']);
});

test('the newest choice for a place counts, and each becomes one reply', () => {
  const place = { step: 7 };
  const first = choose([], { place, choice: { is: 'from', id: '019A0007' } });
  const both = choose(first, { place: { uri: 'http://new' }, choice: { is: 'given', text: '{}' } });
  const all = choose(both, { place, choice: { is: 'allow' } });
  expect(all).toHaveLength(2);
  expect(toReplies(all)).toEqual([
    { step: null, uri: 'http://new', from: null, content: { body: '{}', bodyBase64: null, headers: [] }, allow: false },
    { step: 7, uri: null, from: null, content: null, allow: true },
  ]);
  expect(without(all, { step: 7 })).toHaveLength(1);
});

test('a choice is said with the number that the table shows', () => {
  expect(says({ place: { step: 7 }, choice: { is: 'from', id: '019A8B07' } }, known)).toBe(
    'step 5.2.1: as 8B07 was answered there',
  );
  expect(says({ place: { uri: 'http:a' }, choice: { is: 'given', text: '' } }, known)).toBe(
    'http://a: the reply that you gave',
  );
});
