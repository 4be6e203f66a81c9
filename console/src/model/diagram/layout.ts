// Where everything of one route stands. Linear in the number of nodes, without measuring anything: a box has one size.
//
//   from            a sequence goes down
//    |
//   choice          ways of a branching node stand side by side and meet again below
//   /    \
//  when  otherwise    without an `otherwise`, a line goes by beside them
//   \    /
//   +split-------+  what a node holds stands in a frame around both
//   |  to        |
//   +------------+
//
// No line leads on from what ends a message (`stop`). onException and its kin stand to the right of the sequence: no edge
// leads to them, an error does.

import { afterWays, counted, isAside, isBranching, isEnd, isOpen, type TreeNode, ways } from './tree';

export const BOX = { width: 208, height: 46 };
const GAP = { down: 30, across: 28, inside: 14, lane: 14 };

export type Box = { id: string; node: TreeNode; x: number; y: number; width: number; height: number; depth: number };
export type Frame = { id: string; of: string; x: number; y: number; width: number; height: number; depth: number };
/** The line that passes a choice by: where it goes down, and the first node of each way that it passes by. */
export type Lane = { x: number; past: string[] };
export type Edge = { from: string; to: string; isAside?: boolean; lane?: Lane };
export type Layout = { boxes: Box[]; frames: Frame[]; edges: Edge[]; width: number; height: number };

/** Where a line leads out of a part. */
type Exit = { from: string; lane?: Lane };
type Point = { x: number; y: number };

/** The path of a line: down where nothing stands (`x`), and to the side just above what it leads to, so that it crosses no box. */
export function pathOf(from: Point, to: Point, x = from.x): string {
  const half = GAP.down / 2;
  return `M${from.x},${from.y}V${from.y + half}H${x}V${to.y - half}H${to.x}V${to.y}`;
}

/** Where the words of a line past the ways of a choice stand: right of it, where nothing else does. */
export function besideLane(from: { y: number }, to: { y: number }, x: number): Point {
  return { x: x + 5, y: (from.y + to.y) / 2 };
}

/** A part that is placed as one: `axis` is where its line goes in and out. */
type Part = Layout & { axis: number; entry: string; exits: Exit[] };

export function layout(root: TreeNode): Layout {
  const main = sequence([{ ...root, children: [] }, ...root.children.filter((child) => !isAside(child))], 0);
  const asides = root.children.filter(isAside).map((child) => block(child, 0));
  let x = main.width + GAP.across * 2;
  const all: Layout = {
    boxes: main.boxes,
    frames: main.frames,
    edges: main.edges,
    width: main.width,
    height: main.height,
  };
  for (const part of asides) {
    take(all, part, x, 0);
    all.edges.push({ from: root.id, to: part.entry, isAside: true });
    x += part.width + GAP.across;
    all.width = x - GAP.across;
    all.height = Math.max(all.height, part.height);
  }
  return all;
}

function take(into: Layout, part: Layout, dx: number, dy: number): void {
  for (const box of part.boxes) into.boxes.push({ ...box, x: box.x + dx, y: box.y + dy });
  for (const frame of part.frames) into.frames.push({ ...frame, x: frame.x + dx, y: frame.y + dy });
  for (const edge of part.edges) into.edges.push(moved(edge, dx));
}

function moved<One extends { lane?: Lane }>(one: One, dx: number): One {
  return one.lane ? { ...one, lane: { ...one.lane, x: one.lane.x + dx } } : one;
}

/** One below the other, their axes in one line. */
function sequence(nodes: TreeNode[], depth: number): Part {
  const parts = nodes.map((node) => block(node, depth));
  const axis = Math.max(BOX.width / 2, ...parts.map((part) => part.axis));
  const out: Part = { boxes: [], frames: [], edges: [], width: 0, height: 0, axis, entry: '', exits: [] };
  for (const part of parts) {
    const top = out.height === 0 ? 0 : out.height + GAP.down;
    take(out, part, axis - part.axis, top);
    for (const exit of out.exits) out.edges.push({ ...exit, to: part.entry });
    out.entry ||= part.entry;
    out.exits = part.exits.map((exit) => moved(exit, axis - part.axis));
    out.width = Math.max(out.width, axis - part.axis + part.width);
    out.height = top + part.height;
  }
  return out;
}

function block(node: TreeNode, depth: number): Part {
  const box: Box = { id: node.id, node, x: 0, y: 0, ...BOX, depth };
  if (node.children.length === 0) {
    const exits = isEnd(node) ? [] : [{ from: node.id }];
    return { boxes: [box], frames: [], edges: [], ...BOX, axis: BOX.width / 2, entry: node.id, exits };
  }
  return isBranching(node) ? branches(node, box, depth) : holder(node, box, depth);
}

function branches(node: TreeNode, box: Box, depth: number): Part {
  const all = ways(node);
  const parts = all.map((way) => sequence(way, depth + 1));
  const width = parts.reduce((sum, part) => sum + part.width, GAP.across * (parts.length - 1));
  const across = Math.max(width, BOX.width);
  const axis = across / 2;
  const out: Part = {
    boxes: [],
    frames: [],
    edges: [],
    width: across,
    height: BOX.height,
    axis,
    entry: node.id,
    exits: [],
  };
  out.boxes.push({ ...box, x: axis - BOX.width / 2 });
  let x = (across - width) / 2;
  const top = BOX.height + GAP.down;
  for (const part of parts) {
    take(out, part, x, top);
    out.edges.push({ from: node.id, to: part.entry });
    out.exits.push(...part.exits.map((exit) => moved(exit, x)));
    x += part.width + GAP.across;
    out.height = Math.max(out.height, top + part.height);
  }
  const last = afterWays(node);
  // What comes after every way comes after those that end, too.
  const isEnded = last.length > 0 && out.exits.length === 0;
  if (isOpen(node) || isEnded) {
    const past = isEnded ? [] : all.flatMap(([first]) => (first ? [counted(first).id] : []));
    out.exits.push({ from: node.id, lane: { x: across + GAP.lane, past } });
    out.width = across + 2 * GAP.lane;
  }
  return last.length > 0 ? under(out, sequence(last, depth + 1)) : out;
}

/** A part below another, as one. */
function under(above: Part, below: Part): Part {
  const axis = Math.max(above.axis, below.axis);
  const out: Part = { ...above, boxes: [], frames: [], edges: [], axis, exits: [] };
  const [left, right] = [axis - above.axis, axis - below.axis];
  const top = above.height + GAP.down;
  take(out, above, left, 0);
  take(out, below, right, top);
  for (const exit of above.exits) out.edges.push({ ...moved(exit, left), to: below.entry });
  out.exits = below.exits.map((exit) => moved(exit, right));
  out.width = Math.max(left + above.width, right + below.width);
  out.height = top + below.height;
  return out;
}

/** `when` and its kin hold what follows without a frame: they are a way already. */
const BARE = new Set(['when', 'otherwise', 'doCatch', 'doFinally', 'onFallback', 'from']);

function holder(node: TreeNode, box: Box, depth: number): Part {
  const inside = sequence(node.children, depth + 1);
  const bare = BARE.has(node.kind);
  const pad = bare ? 0 : GAP.inside;
  const axis = Math.max(inside.axis, BOX.width / 2) + pad;
  const out: Part = { boxes: [], frames: [], edges: [], width: 0, height: 0, axis, entry: node.id, exits: [] };
  out.boxes.push({ ...box, x: axis - BOX.width / 2, y: pad });
  const top = pad + BOX.height + GAP.down;
  take(out, inside, axis - inside.axis, top);
  out.edges.push({ from: node.id, to: inside.entry });
  out.width = Math.max(axis - inside.axis + inside.width, axis + BOX.width / 2) + pad;
  out.height = top + inside.height + pad;
  if (bare) {
    out.exits = inside.exits.map((exit) => moved(exit, axis - inside.axis));
  } else {
    const id = `${node.id}#frame`;
    out.frames.push({ id, of: node.id, x: 0, y: 0, width: out.width, height: out.height, depth });
    out.exits = [{ from: id }];
  }
  return out;
}
