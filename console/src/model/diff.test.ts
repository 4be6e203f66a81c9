import { expect, test } from 'vitest';
import { difference } from './diff';

const show = (left: string, right: string) =>
  difference(left.split(' '), right.split(' '))
    .lines.map((line) => (line.is === 'both' ? line.text : line.is === 'left' ? `-${line.text}` : `+${line.text}`))
    .join(' ');

test('what both have stays, the rest is on its side', () => {
  expect(show('a b c', 'a c d')).toBe('a -b c +d');
  expect(show('a', 'a')).toBe('a');
  expect(show('x y', 'z')).toBe('-x -y +z');
});

test('texts that are too long are compared by their beginnings and it says so', () => {
  const long = Array.from({ length: 3_000 }, (_, at) => String(at));
  expect(difference(long, long).isCut).toBe(true);
  expect(difference(long, long).lines).toHaveLength(1_000);
});
