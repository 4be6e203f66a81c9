import { expect, test } from 'vitest';
import { changedFacts, changedFiles } from './files';

const file = (path: string, text: string | null, size = text?.length ?? 9) => ({ path, text, size });

test('files that are equal are not shown, the others say how much changed', () => {
  const left = [file('a.yaml', 'one\ntwo\n'), file('gone.xml', 'x\n'), file('same', 'y')];
  const right = [file('a.yaml', 'one\n2\nthree\n'), file('new.yaml', 'n\n'), file('same', 'y')];
  expect(changedFiles(left, right).map(({ path, is, count }) => [path, is, count])).toEqual([
    ['a.yaml', 'changed', { added: 2, removed: 1 }],
    ['gone.xml', 'removed', { added: 0, removed: 1 }],
    ['new.yaml', 'added', { added: 1, removed: 0 }],
  ]);
});

test('what is no text is told apart by its size', () => {
  expect(changedFiles([file('a.jar', null, 10)], [file('a.jar', null, 11)])).toMatchObject([{ count: null }]);
  expect(changedFiles([file('a.jar', null, 10)], [file('a.jar', null, 10)])).toEqual([]);
});

test('dependencies and the line of Camel are part of a change', () => {
  expect(
    changedFacts({ camel: '4.18.0', dependencies: ['a', 'b'] }, { camel: '4.18.1', dependencies: ['b', 'kafka'] }),
  ).toEqual(['Camel 4.18.0 becomes 4.18.1', 'needs kafka', 'no longer needs a']);
});
