import { expect, test } from 'vitest';
import { counted, failsHere, isOpen, type ShapeNode, type TreeNode, tree, words } from './tree';

/** The first node of a route of these: `kind`, label and the place of the parent. */
function first(...nodes: [kind: string, label: string | null, parent: number][]): TreeNode {
  const all: ShapeNode[] = [['from', null, 0] as const, ...nodes].map(([kind, label, parent], at) => ({
    node: `${kind}#${at}`,
    kind,
    label,
    parent,
    line: 0,
  }));
  const [made] = tree({ name: 'a', integration: 'b', environment: 'dev', nodes: all }).children;
  if (!made) throw new Error('a route of nothing');
  return made;
}

const TOLD = 'choice[when[simple{${body}}]otherwise[]]';

test('conditions stand on their clauses, and on the choice where nobody tells clauses', () => {
  expect(words(first(['choice', TOLD, 1], ['when', 'when[simple{${body}}]', 2]))).toBe('');
  expect(words(first(['choice', TOLD, 1], ['to', 'to[direct:a]', 2]))).toBe('${body}, otherwise');
});

test('a choice is passed by where it has no otherwise', () => {
  expect(isOpen(first(['choice', null, 1], ['when', null, 2]))).toBe(true);
  expect(isOpen(first(['choice', null, 1], ['when', null, 2], ['otherwise', null, 2]))).toBe(false);
  expect(isOpen(first(['choice', TOLD, 1], ['to', null, 2]))).toBe(false);
  expect(isOpen(first(['doTry', null, 1], ['to', null, 2]))).toBe(false);
});

test('what fails in what a node holds or calls does not fail at the node', () => {
  expect(failsHere(first(['to', 'to[http:prices]', 1]))).toBe(true);
  expect(failsHere(first(['to', 'to[direct:line]', 1]))).toBe(false);
  expect(failsHere(first(['split', null, 1], ['to', null, 2]))).toBe(false);
});

test('a clause counts as its first node does', () => {
  expect(counted(first(['doTry', null, 1], ['to', null, 2])).node).toBe('to#2');
  expect(counted(first(['choice', null, 1], ['when', null, 2])).node).toBe('choice#1');
  expect(counted(first(['when', null, 1])).node).toBe('when#1');
});
