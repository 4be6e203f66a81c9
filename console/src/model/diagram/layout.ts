// Where everything of one route stands. Linear in the number of nodes, without measuring anything: a box has one size.
//
//   from            a sequence goes down
//    |
//   choice          ways of a branching node stand side by side and meet again below
//   /    \
//  when  otherwise
//   \    /
//   +split-------+  what a node holds stands in a frame around both
//   |  to        |
//   +------------+
//
// onException and its kin stand to the right of the sequence: no edge leads to them, an error does.

import { isAside, isBranching, type TreeNode, ways } from './tree';

export const BOX = { width: 208, height: 46 };
const GAP = { down: 30, across: 28, inside: 14, head: 0 };

export type Box = { id: string; node: TreeNode; x: number; y: number; width: number; height: number; depth: number };
export type Frame = { id: string; of: string; x: number; y: number; width: number; height: number; depth: number };
export type Edge = { from: string; to: string; isAside?: boolean };
export type Layout = { boxes: Box[]; frames: Frame[]; edges: Edge[]; width: number; height: number };

/** A part that is placed as one: `axis` is where its line goes in and out. */
type Part = Layout & { axis: number; entry: string; exits: string[] };

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
  for (const edge of part.edges) into.edges.push(edge);
}

/** One below the other, their axes in one line. */
function sequence(nodes: TreeNode[], depth: number): Part {
  const parts = nodes.map((node) => block(node, depth));
  const axis = Math.max(BOX.width / 2, ...parts.map((part) => part.axis));
  const out: Part = { boxes: [], frames: [], edges: [], width: 0, height: 0, axis, entry: '', exits: [] };
  for (const part of parts) {
    const top = out.height === 0 ? 0 : out.height + GAP.down;
    take(out, part, axis - part.axis, top);
    for (const exit of out.exits) out.edges.push({ from: exit, to: part.entry });
    out.entry ||= part.entry;
    out.exits = part.exits;
    out.width = Math.max(out.width, axis - part.axis + part.width);
    out.height = top + part.height;
  }
  return out;
}

function block(node: TreeNode, depth: number): Part {
  const box: Box = { id: node.id, node, x: 0, y: 0, ...BOX, depth };
  if (node.children.length === 0) {
    return { boxes: [box], frames: [], edges: [], ...BOX, axis: BOX.width / 2, entry: node.id, exits: [node.id] };
  }
  return isBranching(node) ? branches(node, box, depth) : holder(node, box, depth);
}

function branches(node: TreeNode, box: Box, depth: number): Part {
  const parts = ways(node).map((way) => sequence(way, depth + 1));
  const width = parts.reduce((sum, part) => sum + part.width, GAP.across * (parts.length - 1));
  const across = Math.max(width, BOX.width);
  const axis = across / 2;
  const out: Part = { boxes: [], frames: [], edges: [], width: across, height: 0, axis, entry: node.id, exits: [] };
  out.boxes.push({ ...box, x: axis - BOX.width / 2 });
  let x = (across - width) / 2;
  const top = BOX.height + GAP.down;
  for (const part of parts) {
    take(out, part, x, top);
    out.edges.push({ from: node.id, to: part.entry });
    out.exits.push(...part.exits);
    x += part.width + GAP.across;
    out.height = Math.max(out.height, top + part.height);
  }
  // Without an `otherwise` a message may pass by every way.
  if (node.kind === 'choice' && !node.children.some((child) => child.kind === 'otherwise')) out.exits.push(node.id);
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
    out.exits = inside.exits;
  } else {
    const id = `${node.id}#frame`;
    out.frames.push({ id, of: node.id, x: 0, y: 0, width: out.width, height: out.height, depth });
    out.exits = [id];
  }
  return out;
}
