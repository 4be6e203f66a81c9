// Which box of a picture each step of a message stands on. A step names its node by the key that it has in its route; which
// route follows from the step around it: one that sends to `direct:x` runs the route that reads it within itself.

import { culprits, type Step } from '../steps';
import { address, nodeId, type Shape, type ShapeNode, target } from './tree';

export type Visit = { count: number; failed: boolean; durationUs: number };

export type Path = {
  /** The box of each step, by sequence. Steps of nodes that no route has are absent. */
  boxes: Map<number, string>;
  /** The steps with kind and label of the node that each stands on. */
  steps: Step[];
  visits: Map<string, Visit>;
};

type Drawn = Pick<Shape, 'name' | 'from' | 'nodes'>;

export function path(steps: Step[], shapes: Drawn[], own: string): Path {
  const routes = new Map(
    shapes.map((shape) => [shape.name, { shape, nodes: new Map(shape.nodes.map((node) => [node.node, node])) }]),
  );
  const readers = new Map<string, string>();
  for (const shape of shapes) {
    const reads = address(shape.from ?? '');
    if (reads) readers.set(reads, shape.name);
  }
  const boxes = new Map<number, string>();
  const visits = new Map<string, Visit>();
  const guilty = culprits(steps);
  const placed = new Map<number, { route: string; node: ShapeNode | undefined }>();
  const has = (route: string | undefined, key: string) =>
    route === undefined ? undefined : routes.get(route)?.nodes.get(key);
  for (const step of steps) {
    const around = placed.get(step.parent);
    const sends = around?.node ? target(around.node) : undefined;
    const called = sends ? readers.get(sends) : undefined;
    const likely = [called, around?.route, own, ...routes.keys()];
    const route = likely.find((one) => has(one, step.node) !== undefined);
    placed.set(step.sequence, { route: route ?? around?.route ?? own, node: has(route, step.node) });
    if (route === undefined) continue;
    const id = nodeId(route, step.node);
    boxes.set(step.sequence, id);
    visit(visits, id, step, guilty.has(step.sequence));
  }
  // Steps stand on nodes that Camel calls; what only leads there (`when`, `doTry`) was passed if something in it was.
  for (const { shape } of routes.values()) passAround(shape, visits);
  if (!visits.has(nodeId(own, 'from'))) visits.set(nodeId(own, 'from'), { count: 1, failed: false, durationUs: 0 });
  const named = steps.map((step) => {
    const node = placed.get(step.sequence)?.node;
    return node ? { ...step, kind: node.kind, label: node.label ?? null } : step;
  });
  return { boxes, visits, steps: named };
}

function visit(visits: Map<string, Visit>, id: string, step: Step, failed: boolean): void {
  const before = visits.get(id) ?? { count: 0, failed: false, durationUs: 0 };
  visits.set(id, {
    count: before.count + 1,
    failed: before.failed || failed,
    durationUs: before.durationUs + step.durationUs,
  });
}

function passAround(shape: Drawn, visits: Map<string, Visit>): void {
  for (let at = shape.nodes.length - 1; at > 0; at -= 1) {
    const node = shape.nodes[at];
    const parent = node ? shape.nodes[node.parent - 1] : undefined;
    if (!node || !parent || !visits.has(nodeId(shape.name, node.node))) continue;
    const above = nodeId(shape.name, parent.node);
    if (!visits.has(above)) visits.set(above, { count: 1, failed: false, durationUs: 0 });
  }
}
