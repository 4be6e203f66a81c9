import { expect, test } from 'vitest';
import { find } from './find';
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
