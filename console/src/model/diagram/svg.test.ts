import { expect, test } from 'vitest';
import { picture } from './join';
import { type Look, svg, warmth } from './svg';
import type { Shape } from './tree';

const shape = (label: string): Shape => ({
  name: 'line',
  integration: 'orders',
  environment: 'dev',
  from: 'direct:line',
  nodes: [
    { node: 'from', kind: 'from', label: 'direct:line', parent: 0, line: 1 },
    { node: 'choice1', kind: 'choice', label: null, parent: 1, line: 2 },
    { node: 'when1', kind: 'when', label: 'simple{${body} > 1}', parent: 2, line: 3 },
    { node: 'to1', kind: 'to', label, parent: 3, line: 4 },
  ],
});

const drawn = (label: string, looks = new Map<string, Look>()) => svg(picture([shape(label)]), looks);

test('each box, edge and route is in the file', () => {
  const file = drawn('log:done');
  expect(file.match(/<text /g)?.length).toBe(1 + 2 * 4 - 1);
  expect(file.match(/<path /g)?.length).toBe(3);
  expect(file).toContain('>line</text>');
  expect(file.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
});

test('text of a stranger stays text', () => {
  const file = drawn('log:<script>alert(1)</script>&"\u202e');
  expect(file).not.toContain('<script');
  expect(file).toContain('&lt;script&gt;');
  expect(drawn('\u202etxet')).toContain('\\u{202e}');
});

test('a long caption is cut to its box', () => {
  expect(drawn(`log:${'x'.repeat(500)}`)).toContain('…</text>');
});

test('what failed, was passed or costs most looks so', () => {
  const looks = new Map<string, Look>([
    ['line/to1', { look: 'failed', heat: 0, about: '3x', failed: '2' }],
    ['line/choice1', { look: 'plain', heat: 1, about: '' }],
  ]);
  const file = drawn('log:done', looks);
  expect(file).toContain('to 2 failed');
  expect(file).toContain('>3x</text>');
  expect(file).toContain('fill="#b1380b"');
  expect([0, 0.01, 0.5, 1].map(warmth)).toEqual([0, 1, 2, 4]);
});

test('how many went past the ways of a choice stands beside their line', () => {
  const { nodes, ...rest } = shape('log:done');
  const open = { ...rest, nodes: [...nodes, { node: 'to2', kind: 'to', label: 'log:next', parent: 1, line: 5 }] };
  const past = new Map([['line/choice1 > line/to2', '744']]);
  expect(svg(picture([open]), new Map(), past)).toContain('>744</text>');
  expect(svg(picture([shape('log:done')]), new Map(), past)).not.toContain('744');
});
