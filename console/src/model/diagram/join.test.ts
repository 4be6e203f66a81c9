import { expect, test } from 'vitest';
import { links, picture } from './join';
import type { Shape } from './tree';

const shape = (name: string, from: string, ...to: string[]): Shape => ({
  name,
  integration: 'invoices',
  environment: 'dev',
  from,
  nodes: [
    { node: 'from', kind: 'from', label: from, parent: 0, line: 1 },
    ...to.map((label, at) => ({ node: `to#${at + 1}`, kind: 'to', label, parent: 1, line: at + 2 })),
  ],
});

const INVOICES = [
  shape('inbox', 'file://inbox', 'xslt:batch.xsl', 'direct:invoice'),
  shape('invoice', 'direct://invoice?x=y', 'sql:insert', 'direct://reject'),
  shape('reject', 'direct:reject', 'file:rejected', 'direct:nobody'),
];

test('a node is linked to the route that reads what it writes', () => {
  expect(links(INVOICES).map((link) => `${link.from} -> ${link.to}`)).toEqual([
    'inbox/to#2 -> invoice/from',
    'invoice/to#2 -> reject/from',
  ]);
});

test('what a route starts stands to the right of it, and routes do not overlap', () => {
  const { routes } = picture(INVOICES);
  const [inbox, invoice, reject] = routes;
  expect(inbox && invoice && reject && inbox.x + inbox.width < invoice.x && invoice.x + invoice.width < reject.x).toBe(
    true,
  );
});

test('a way that a message took is drawn beside those that the routes tell, and none of them twice', () => {
  const way = (from: string, to: string) => ({ from, fromRoute: '', to, toRoute: '', address: '' });
  const taken = [
    { ...way('invoice/to#1', 'reject/from'), fromRoute: 'invoice', toRoute: 'reject' },
    { ...way('invoice/to#2', 'reject/from'), fromRoute: 'invoice', toRoute: 'reject' },
  ];
  expect(picture(INVOICES, taken).links.map((link) => `${link.from} -> ${link.to}`)).toEqual([
    'inbox/to#2 -> invoice/from',
    'invoice/to#2 -> reject/from',
    'invoice/to#1 -> reject/from',
  ]);
});

test('routes that reach each other in a circle are placed all the same', () => {
  const placed = picture([
    shape('a', 'direct:a', 'direct:b'),
    shape('b', 'seda:b', 'direct:a'),
    shape('c', 'direct:b', 'direct:a'),
  ]);
  expect(placed.routes).toHaveLength(3);
  expect(placed.width).toBeGreaterThan(0);
});

test('routes that stand alone come below the others, side by side', () => {
  const { routes } = picture([shape('open', 'timer:open', 'log:a'), ...INVOICES, shape('show', 'rest:get', 'log:b')]);
  const at = (name: string) => routes.find((route) => route.shape.name === name);
  const [open, show, inbox] = [at('open'), at('show'), at('inbox')];
  expect(open && show && inbox && open.y === show.y && open.x + open.width < show.x).toBe(true);
  expect(open && inbox && open.y > inbox.y + inbox.height).toBe(true);
});
