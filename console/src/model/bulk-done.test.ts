import { expect, test } from 'vitest';
import { isAllDone, saysDone } from './bulk-done';

test('what is known of some is not said of all', () => {
  expect(saysDone({ looked: 0, did: 0 }, 9)).toBeUndefined();
  expect(saysDone({ looked: 9, did: 9 }, 9)).toBe('All 9 have done something already');
  expect(saysDone({ looked: 10, did: 10 }, 40)).toBe('All of the newest 10 have done something already');
  expect(saysDone({ looked: 9, did: 1 }, 9)).toBe('1 of the 9 has done something already');
  expect(saysDone({ looked: 10, did: 4 }, 40)).toBe('4 of the newest 10 have done something already');
  expect(saysDone({ looked: 9, did: 0 }, 9)).toBe('None of the 9 has done anything that would be done again');
  expect(saysDone({ looked: 1, did: 1 }, 1)).toBe('It has done something already');
  expect(saysDone({ looked: 1, did: 0 }, 1)).toBe('It has done nothing that would be done again');
});

test('leaving out what has done something may leave out everything', () => {
  expect(isAllDone({ looked: 3, did: 3 })).toBe(true);
  expect(isAllDone({ looked: 3, did: 2 })).toBe(false);
  expect(isAllDone({ looked: 0, did: 0 })).toBe(false);
});
