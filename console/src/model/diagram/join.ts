// Routes of an integration as one picture: each route is placed by itself, then the routes among each other by who sends
// to whom. Left to right, so that what one starts stands behind it; those that nobody reaches and that reach nobody come below, side by
// side.

import dagre from '@dagrejs/dagre';

import { type Layout, layout } from './layout';
import { address, type Shape, target, tree } from './tree';

export type PlacedRoute = { shape: Shape; layout: Layout; x: number; y: number; width: number; height: number };
export type Link = { from: string; fromRoute: string; to: string; toRoute: string; address: string };
export type Picture = { routes: PlacedRoute[]; links: Link[]; width: number; height: number };

const PAD = { side: 20, top: 52 };
const GAP = 40;
/** Rows of routes that stand alone are at least as wide as a screen shows. */
const ROW = 1200;

/** Which node of which route reaches which route. A consumer that nobody of the integration reaches has no link. */
export function links(shapes: Shape[]): Link[] {
  const readers = new Map<string, Shape>();
  for (const shape of shapes) {
    const reads = address(shape.from ?? '');
    if (reads) readers.set(reads, shape);
  }
  return shapes.flatMap((shape) =>
    shape.nodes.flatMap((node) => {
      const sends = target(node);
      const reader = sends ? readers.get(sends) : undefined;
      if (!sends || !reader) return [];
      const from = `${shape.name}/${node.node}`;
      return [{ from, fromRoute: shape.name, to: `${reader.name}/from`, toRoute: reader.name, address: sends }];
    }),
  );
}

/** `entries`: ways that a message took beside them, as a dead letter channel does. */
export function picture(shapes: Shape[], entries: Link[] = []): Picture {
  const placed = shapes.map((shape) => {
    const inside = layout(tree(shape));
    const [width, height] = [inside.width + 2 * PAD.side, inside.height + PAD.top + PAD.side];
    return { shape, layout: inside, x: 0, y: 0, width, height };
  });
  const known = links(shapes);
  const isKnown = (one: Link) => known.some((link) => link.from === one.from && link.to === one.to);
  const between = [...known, ...entries.filter((one) => !isKnown(one))];
  const flow = between.filter((link) => link.fromRoute !== link.toRoute);
  const linked = new Set(flow.flatMap((link) => [link.fromRoute, link.toRoute]));
  arrange(
    placed.filter((route) => linked.has(route.shape.name)),
    flow,
  );
  rows(
    placed.filter((route) => !linked.has(route.shape.name)),
    placed.filter((route) => linked.has(route.shape.name)),
  );
  return {
    routes: placed,
    links: between,
    width: Math.max(0, ...placed.map((route) => route.x + route.width)),
    height: Math.max(0, ...placed.map((route) => route.y + route.height)),
  };
}

function arrange(routes: PlacedRoute[], flow: Link[]) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', ranksep: 90, nodesep: GAP, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const route of routes) graph.setNode(route.shape.name, { width: route.width, height: route.height });
  for (const [at, link] of flow.entries()) graph.setEdge(link.fromRoute, link.toRoute, {}, String(at));
  dagre.layout(graph);
  for (const route of routes) {
    const at = graph.node(route.shape.name);
    route.x = Math.round((at.x ?? 0) - route.width / 2);
    route.y = Math.round((at.y ?? 0) - route.height / 2);
  }
}

/** Places `routes` in rows below `above`. */
function rows(routes: PlacedRoute[], above: PlacedRoute[]) {
  const end = (of: PlacedRoute[], side: (route: PlacedRoute) => number) => Math.max(0, ...of.map(side));
  const width = Math.max(
    ROW,
    end(above, (route) => route.x + route.width),
  );
  let [x, y] = [0, above.length > 0 ? end(above, (route) => route.y + route.height) + GAP : 0];
  let tallest = 0;
  for (const route of routes) {
    if (x > 0 && x + route.width > width) {
      [x, y, tallest] = [0, y + tallest + GAP, 0];
    }
    [route.x, route.y] = [x, y];
    x += route.width + GAP;
    tallest = Math.max(tallest, route.height);
  }
}

export const INSIDE = PAD;
