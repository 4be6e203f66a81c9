import { expect, test } from 'vitest';
import type { Shape } from './diagram/tree';
import { editAddress, notes, places, problemsOf } from './source';

const shape = (name: string, nodes: [node: string, kind: string, line: number][]): Shape => ({
  name,
  integration: 'orders',
  environment: 'dev',
  from: 'direct:a',
  nodes: nodes.map(([node, kind, line], at) => ({ node, kind, label: null, parent: at === 0 ? 0 : 1, line })),
});

const YAML = `- route:
    id: line
    from:
      uri: direct:a
      steps:
        - split:
            simple: body
        - to: log:done
`;
const XML = `<routes>
  <route id="audit">
    <from uri="seda:audit"/>
    <to uri="log:audit"/>
  </route>
</routes>
`;
const FILES = [
  { path: 'audit.xml', text: XML },
  { path: 'midplane.yaml', text: 'name: orders\n' },
  { path: 'orders.yaml', text: YAML },
  { path: 'picture.png', text: null },
];
const LINE = shape('line', [
  ['from', 'from', 3],
  ['split1', 'split', 6],
  ['to1', 'to', 8],
]);
const AUDIT = shape('audit', [
  ['from', 'from', 3],
  ['to1', 'to', 4],
]);

test('a route is where its name and its nodes are', () => {
  expect([...places(FILES, [LINE, AUDIT])]).toEqual([
    ['line', 'orders.yaml'],
    ['audit', 'audit.xml'],
  ]);
});

test('a route without a name of its own is found by its nodes', () => {
  expect(places(FILES, [{ ...LINE, name: 'route1' }]).get('route1')).toBe('orders.yaml');
  expect(places([], [LINE]).size).toBe(0);
});

test('a line says what went through the node that stands on it', () => {
  const where = places(FILES, [LINE, AUDIT]);
  const passed = new Map([['line/to1', { count: 7, failed: 1, meanUs: 30 }]]);
  const found = notes('orders.yaml', [LINE, AUDIT], where, passed);
  expect([...found.keys()]).toEqual([3, 6, 8]);
  expect(found.get(8)).toEqual({ count: 7, failed: 1, meanUs: 30, boxes: ['line/to1'] });
});

test('a problem stands on the line that it names', () => {
  const found = problemsOf('orders.yaml', ['shop/orders.yaml:8:11: unknown component', 'no place at all']);
  expect([...found]).toEqual([[8, ['unknown component']]]);
});

test('a file leads to the page where its host edits it', () => {
  expect(editAddress('https://github.com/acme/shop.git', 'main', 'orders/a b.yaml')).toBe(
    'https://github.com/acme/shop/edit/main/orders/a%20b.yaml',
  );
  expect(editAddress('https://gitlab.acme.org/x/shop', 'f/1', 'a.yaml')).toBe(
    'https://gitlab.acme.org/x/shop/-/edit/f/1/a.yaml',
  );
  expect(editAddress('file:///srv/shop', 'main', 'a.yaml')).toBeUndefined();
});
