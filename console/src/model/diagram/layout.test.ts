import { expect, test } from 'vitest';
import { BOX, type Edge, layout, pathOf } from './layout';
import { routes } from './samples';
import { type Shape, tree } from './tree';

/** `kind:label` of each row of boxes, by their places; what a person would compare with the picture. */
function draw(shape: Shape): string {
  const { boxes } = layout(tree(shape));
  const rows = new Map<number, typeof boxes>();
  for (const box of boxes) rows.set(box.y, [...(rows.get(box.y) ?? []), box]);
  return [...rows.entries()]
    .sort(([a], [b]) => a - b)
    .map(
      ([y, row]) =>
        `${y}: ${row
          .sort((a, b) => a.x - b.x)
          .map((box) => `${box.node.node}@${box.x}`)
          .join(' ')}`,
    )
    .join('\n');
}

for (const shape of routes()) {
  test(`the layout of ${shape.name} is as it was`, () => {
    const placed = layout(tree(shape));
    const how = ({ isAside, lane }: Edge) =>
      `${isAside ? ' (aside)' : ''}${lane ? ` (at ${lane.x}, past ${lane.past.join(' and ')})` : ''}`;
    const edges = placed.edges.map((edge) => `${edge.from} -> ${edge.to}${how(edge)}`).join('\n');
    const frames = placed.frames.map((one) => `${one.of} ${one.x},${one.y} ${one.width}x${one.height}`).join('\n');
    expect(`${draw(shape)}\n\n${edges}\n\n${frames}\n\n${placed.width}x${placed.height}\n`).toMatchSnapshot();
  });

  test(`${shape.name} has no two boxes on one place and none outside`, () => {
    const { boxes, frames, edges, width, height } = layout(tree(shape));
    boxes.forEach((one, at) => {
      expect(one.x >= 0 && one.y >= 0 && one.x + one.width <= width && one.y + one.height <= height, one.id).toBe(true);
      for (const other of boxes.slice(at + 1)) {
        const apart = Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height;
        expect(apart, `${one.id} and ${other.id}`).toBe(true);
      }
    });
    const ends = new Set([...boxes.map((box) => box.id), ...frames.map((frame) => frame.id)]);
    for (const edge of edges) expect(ends.has(edge.from) && ends.has(edge.to), `${edge.from} -> ${edge.to}`).toBe(true);
    expect(boxes).toHaveLength(shape.nodes.length);
  });
}

test('every node is reached from the start, but for those behind an end', () => {
  for (const shape of routes()) {
    const { boxes, edges, frames } = layout(tree(shape));
    const reached = new Set([`${shape.name}/from`]);
    for (let before = -1; before !== reached.size; ) {
      before = reached.size;
      for (const edge of edges) if (reached.has(edge.from)) reached.add(edge.to);
      for (const frame of frames) if (reached.has(frame.of)) reached.add(frame.id);
    }
    for (const box of boxes) expect(reached.has(box.id), box.id).toBe(box.node.label !== 'never');
  }
});

/** The straight parts of a path of `pathOf`. */
function parts(path: string): { x: [number, number]; y: [number, number] }[] {
  const ends = [...path.matchAll(/([MVH])([-\d.]+)(?:,([-\d.]+))?/g)];
  let [x, y] = [0, 0];
  return ends.flatMap(([, letter, first, second]) => {
    const before = { x, y };
    if (letter !== 'V') x = Number(first);
    if (letter !== 'H') y = Number(letter === 'M' ? second : first);
    if (letter === 'M') return [];
    return [{ x: [Math.min(before.x, x), Math.max(before.x, x)], y: [Math.min(before.y, y), Math.max(before.y, y)] }];
  });
}

test('no line crosses a box', () => {
  for (const shape of routes()) {
    const { boxes, frames, edges } = layout(tree(shape));
    const places = new Map([...boxes, ...frames].map((one) => [one.id, one]));
    for (const { from, to, lane, isAside } of edges) {
      const [a, b] = [places.get(from), places.get(to)];
      if (!a || !b || isAside) continue;
      const path = pathOf({ x: a.x + a.width / 2, y: a.y + a.height }, { x: b.x + b.width / 2, y: b.y }, lane?.x);
      for (const part of parts(path)) {
        const crossed = boxes.filter(
          (box) =>
            box.x < part.x[1] && part.x[0] < box.x + box.width && box.y < part.y[1] && part.y[0] < box.y + box.height,
        );
        expect(
          crossed.map((box) => box.id),
          `${from} -> ${to}`,
        ).toEqual([]);
      }
    }
  }
});

test('three hundred nodes are placed within a frame of the screen', () => {
  const nodes = [{ node: 'from', kind: 'from', parent: 0, line: 0 }];
  for (let at = 1; at < 300; at += 1) {
    const kind = at % 10 === 1 ? 'choice' : at % 10 === 2 || at % 10 === 6 ? 'when' : 'to';
    const parent =
      kind === 'choice' ? 1 : kind === 'when' ? at - (at % 10) + 2 : at - (at % 10) + (at % 10 < 6 ? 3 : 7);
    nodes.push({ node: `${kind}#${at}`, kind, parent: at % 10 === 0 ? 1 : parent, line: at });
  }
  const shape = { name: 'large', integration: 'x', environment: 'dev', nodes };
  const placed = layout(tree(shape));
  expect(placed.boxes).toHaveLength(300);
});
