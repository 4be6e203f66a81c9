// Which box of a picture each step of a message stands on. A step names its route and its node: a route may be entered by a
// `direct:` of another one or by its dead letter channel, and equal keys stand in many routes.

import { culprits, type Step } from '../steps';
import type { Link } from './join';
import { nodeId, type Shape, type ShapeNode } from './tree';

/** `isInside`: something within it failed, which it only passed on. */
export type Visit = { count: number; failed: boolean; isInside: boolean; durationUs: number };

export type Path = {
  /** The box of each step, by sequence. Steps of nodes that no route has are absent. */
  boxes: Map<number, string>;
  /** The steps with kind and label of the node that each stands on. */
  steps: Step[];
  visits: Map<string, Visit>;
  /** Where a route was entered from another one, as this message did it. */
  entries: Link[];
};

type Drawn = Pick<Shape, 'name' | 'from' | 'nodes'>;

export function path(steps: Step[], shapes: Drawn[], own: string): Path {
  const nodes = new Map<string, ShapeNode>();
  for (const shape of shapes) for (const node of shape.nodes) nodes.set(nodeId(shape.name, node.node), node);
  const boxes = new Map<number, string>();
  const visits = new Map<string, Visit>();
  const guilty = culprits(steps);
  const named = steps.map((step) => {
    const id = nodeId(step.route ?? own, step.node);
    const node = nodes.get(id);
    if (!node) return step;
    boxes.set(step.sequence, id);
    visit(visits, id, step, guilty.has(step.sequence));
    return { ...step, kind: node.kind, label: node.label ?? null };
  });
  // Steps stand on nodes that Camel calls; what only leads there (`when`, `doTry`) was passed if something in it was.
  for (const shape of shapes) passAround(shape, visits);
  const start = nodeId(own, 'from');
  if (!visits.has(start)) visits.set(start, { count: 1, failed: false, isInside: false, durationUs: 0 });
  return { boxes, visits, steps: named, entries: entries(named, boxes, own, guilty) };
}

function visit(visits: Map<string, Visit>, id: string, step: Step, isGuilty: boolean): void {
  const before = visits.get(id) ?? { count: 0, failed: false, isInside: false, durationUs: 0 };
  visits.set(id, {
    count: before.count + 1,
    failed: before.failed || isGuilty,
    isInside: before.isInside || (step.failed && !isGuilty),
    durationUs: before.durationUs + step.durationUs,
  });
}

function passAround(shape: Drawn, visits: Map<string, Visit>): void {
  const led = new Set<string>();
  for (let at = shape.nodes.length - 1; at > 0; at -= 1) {
    const node = shape.nodes[at];
    const parent = node ? shape.nodes[node.parent - 1] : undefined;
    const inner = node && visits.get(nodeId(shape.name, node.node));
    if (!inner || !parent) continue;
    const above = nodeId(shape.name, parent.node);
    if (visits.has(above) && !led.has(above)) continue;
    led.add(above);
    const isInside = inner.failed || inner.isInside || (visits.get(above)?.isInside ?? false);
    visits.set(above, { count: 1, failed: false, isInside, durationUs: 0 });
  }
}

/**
 * Each way into another route once, from the step around it. A dead letter channel enters its route within the node around the
 * step that it caught: that way begins at this step.
 */
function entries(steps: Step[], boxes: Map<number, string>, own: string, guilty: Set<number>): Link[] {
  const known = new Map(steps.map((step) => [step.sequence, step]));
  const out = new Map<string, Link>();
  for (const step of steps) {
    const around = known.get(step.parent);
    const [fromRoute, toRoute] = [around?.route ?? own, step.route ?? own];
    if (step.node !== 'from' || fromRoute === toRoute) continue;
    const caught = steps.findLast(
      (one) =>
        guilty.has(one.sequence) &&
        one.parent === step.parent &&
        one.iteration === step.iteration &&
        one.sequence < step.sequence &&
        (one.route ?? own) === fromRoute,
    );
    const [from, to] = [boxes.get(caught?.sequence ?? step.parent), boxes.get(step.sequence)];
    if (!from || !to) continue;
    out.set(`${from} ${to}`, { from, fromRoute, to, toRoute, address: step.label ?? '' });
  }
  return [...out.values()];
}
