import { expect, test } from 'vitest';
import { find, nodeOf } from './find';
import { picture } from './join';

const { routes } = picture([
  {
    name: 'line',
    integration: 'orders',
    environment: 'dev',
    from: 'direct:line',
    nodes: [
      { node: 'from', kind: 'from', label: 'direct:line', parent: 0, line: 1 },
      { node: 'to1', kind: 'to', label: 'sql:insert into orders', parent: 1, line: 2 },
      { node: 'log1', kind: 'log', label: null, parent: 1, line: 3 },
    ],
  },
]);

test('a node is found by kind, name or label', () => {
  expect(find(routes, 'SQL')).toEqual(['line/to1']);
  expect(find(routes, 'log')).toEqual(['line/log1']);
  expect(find(routes, 'line')).toEqual(['line/from']);
  expect(find(routes, '  ')).toEqual([]);
});

test('a box is the node of its route', () => {
  const shape = (name: string) => ({
    name,
    integration: 'orders',
    environment: 'dev',
    nodes: [
      { node: 'from', kind: 'from', parent: 0, line: 1 },
      { node: 'split#1', kind: 'split', parent: 1, line: 2 },
      { node: 'to#1', kind: 'to', parent: 2, line: 3 },
    ],
  });
  const found = nodeOf([shape('take'), shape('line')], 'line/to#1');
  expect([found?.shape.name, found?.node.line]).toEqual(['line', 3]);
  expect(nodeOf([shape('take')], 'take/gone#1')).toBeUndefined();
});
