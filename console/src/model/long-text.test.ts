import { expect, test } from 'vitest';
import { folded } from './long-text';

const lines = (many: number) => Array.from({ length: many }, (_, at) => `line ${at + 1}`).join('\n');

test('a text that fits is shown whole, a longer one by its first lines', () => {
  expect(folded(lines(12), null)).toEqual({ shown: lines(12), lines: 0 });
  expect(folded(lines(62), null)).toEqual({ shown: lines(5), lines: 62 });
});

test('of a stack trace only its first line is shown', () => {
  expect(folded('it failed', 'a.Oops\n\tat a.B\n\tat a.C\n')).toEqual({ shown: 'it failed\na.Oops', lines: 4 });
  expect(folded('it failed', 'a.Oops')).toEqual({ shown: 'it failed\na.Oops', lines: 0 });
});
