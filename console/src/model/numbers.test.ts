import { expect, test } from 'vitest';
import { numberOf, numbers } from './numbers';

const step = (sequence: number, parent: number, iteration = 0) => ({
  sequence,
  parent,
  iteration,
  node: `n${sequence}`,
  kind: sequence === 1 ? 'from' : 'to',
  startUs: 0,
  durationUs: 1,
  failed: false,
  redelivery: 0,
});

test('steps are numbered as the table numbers them, in folded rounds too', () => {
  const steps = [step(1, 0), step(2, 1), ...[1, 2, 3, 4, 5, 6].map((round) => step(round + 2, 2, round))];
  const known = numbers(steps);
  expect([known.get(2), known.get(3), known.get(8)]).toEqual(['2', '2.1.1', '2.6.1']);
  expect(numberOf(known, 99)).toBe('99');
});
