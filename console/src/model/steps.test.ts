import { expect, test } from 'vitest';
import { bar, culprits, foldSaid, lines, roundsSaid, type Step, title } from './steps';

const step = (sequence: number, parent: number, iteration: number, kind: string, failed = false): Step => ({
  sequence,
  parent,
  iteration,
  node: `${kind}#1`,
  kind,
  label: null,
  startUs: sequence * 100,
  durationUs: 50,
  failed,
  redelivery: 0,
});

const shown = (steps: Step[], open: string[] = []) =>
  lines(steps, new Set(open)).map((line) =>
    line.is === 'fold' ? `[${line.first}-${line.last}]` : `${line.number} ${line.step.kind}`,
  );

test('steps are numbered as the command line numbers them, beside the start of their route', () => {
  const steps = [
    step(1, 0, 0, 'from'),
    step(2, 1, 0, 'unmarshal'),
    step(3, 1, 0, 'split'),
    step(4, 3, 1, 'toD'),
    step(5, 3, 1, 'log'),
    step(6, 3, 2, 'to'),
    step(7, 6, 0, 'from'),
    step(8, 7, 0, 'log'),
    step(9, 1, 0, 'to'),
  ];
  expect(shown(steps)).toEqual([
    '1 from',
    '2 unmarshal',
    '3 split',
    '3.1.1 toD',
    '3.1.2 log',
    '3.2.1 to',
    '3.2.1.1 from',
    '3.2.1.2 log',
    '4 to',
  ]);
});

test('many rounds are folded, the failed one is not', () => {
  const steps = [step(1, 0, 0, 'split')];
  for (let round = 1; round <= 20; round += 1) steps.push(step(round + 1, 1, round, 'to', round === 12));
  expect(shown(steps)).toEqual(['1 split', '1.1.1 to', '1.2.1 to', '1.3.1 to', '[4-11]', '1.12.1 to', '[13-20]']);
  expect(shown(steps, ['rounds-of-1'])).toHaveLength(21);
});

test('a step whose parent is on another page hangs on the message', () => {
  expect(shown([step(7, 3, 1, 'to')])).toEqual(['1.1 to']);
});

test('who only passed a failure on is no culprit', () => {
  const steps = [step(1, 0, 0, 'from', true), step(2, 1, 0, 'split', true), step(3, 2, 1, 'throwException', true)];
  expect([...culprits(steps)]).toEqual([3]);
});

test('rounds are called what they are of', () => {
  expect([roundsSaid('split', 1), roundsSaid('multicast', 2), roundsSaid('loop', 3)]).toEqual([
    '1 part',
    '2 branches',
    '3 rounds',
  ]);
  expect(foldSaid({ first: 4, last: 11 }, 'split')).toBe('Parts 4 to 11, nothing failed');
  expect(foldSaid({ first: 4, last: 4 }, 'loop')).toBe('Round 4, nothing failed');
});

test('a bar is never too thin to see nor wider than the whole', () => {
  expect(bar({ ...step(1, 0, 0, 'to'), startUs: 0, durationUs: 1 }, 1_000_000).width).toBe(0.004);
  expect(bar({ ...step(1, 0, 0, 'to'), startUs: 90, durationUs: 500 }, 100)).toEqual({
    left: 0.9,
    width: 0.09999999999999998,
  });
});

test('a step says what it is', () => {
  expect(title({ node: 'to#1', kind: 'to', label: 'sql:insert?dataSource=#tea' })).toBe('to sql:insert');
  expect(title({ node: 'x#1', kind: null, label: null })).toBe('x#1');
  expect(title({ node: 'l', kind: 'split', label: 'split[jsonpath{$.lines}]' })).toBe('split $.lines');
});
