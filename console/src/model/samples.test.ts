import { expect, test } from 'vitest';
import { samples, typeOf } from './samples';

test('only text in the folder of samples is offered', () => {
  const files = [
    { path: 'samples/order.json', text: '{}' },
    { path: 'samples/photo.png', text: null },
    { path: 'samples/a/b.xml', text: '<a/>' },
    { path: 'orders.camel.yaml', text: '- route' },
  ];
  expect(samples(files).map((one) => one.name)).toEqual(['a/b.xml', 'order.json']);
  expect([typeOf('a/b.XML'), typeOf('order.json'), typeOf('plain')]).toEqual([
    'application/xml',
    'application/json',
    undefined,
  ]);
});
