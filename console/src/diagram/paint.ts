// What a placed picture looks like: each box, frame and line with its colour and its words, as the library draws them.

import type { Edge, Node } from '@xyflow/react';
import { INSIDE, type picture } from '../model/diagram/join';
import type { Edge as Line } from '../model/diagram/layout';
import type { Visit } from '../model/diagram/path';
import { counted, words } from '../model/diagram/tree';
import { plural } from '../model/plural';
import type { Sum } from '../model/sum';
import { count, duration, share } from '../model/time';

type Paint = {
  routeSums: Map<string, Sum> | undefined;
  nodeSums: Map<string, Sum> | undefined;
  heat: Map<string, number>;
  visits: Map<string, Visit> | undefined;
  current: string | undefined;
  /** What was looked for: it looks as if it were chosen. */
  found: string | undefined;
};

export function paint(
  placed: ReturnType<typeof picture>,
  { routeSums, nodeSums, heat, visits, current, found }: Paint,
) {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const isPassed = (id: string) => visits?.has(id.replace(/#frame$/, '')) ?? false;
  const visited = (id: string) => visits?.get(id)?.count ?? 0;
  /** A line beside the ways of a choice was gone when fewer went those ways than came to it. */
  const isGone = ({ from, to, lane }: Line) =>
    isPassed(from) && isPassed(to) && (!lane || lane.past.reduce((sum, one) => sum + visited(one), 0) < visited(from));
  /** How many went past every way of a choice: those that came to it and to none of its ways. */
  const pastOf = ({ from, lane }: Line) => {
    const came = nodeSums?.get(from)?.count;
    if (came === undefined || !lane?.past.length) return undefined;
    const gone = lane.past.reduce((sum, one) => sum + (nodeSums?.get(one)?.count ?? 0), 0);
    return count(Math.max(0, came - gone));
  };
  for (const route of placed.routes) {
    const [dx, dy] = [route.x + INSIDE.side, route.y + INSIDE.top];
    const sum = routeSums?.get(route.shape.name);
    nodes.push({
      id: `route ${route.shape.name}`,
      type: 'route',
      position: { x: route.x, y: route.y },
      width: route.width,
      height: route.height,
      zIndex: 0,
      selectable: false,
      ariaLabel: `Route ${route.shape.name}`,
      data: { name: route.shape.name, about: sum ? said(sum) : '', isBad: (sum?.failed ?? 0) > 0 },
    });
    for (const one of route.layout.frames) {
      nodes.push({
        id: one.id,
        type: 'frame',
        position: { x: dx + one.x, y: dy + one.y },
        width: one.width,
        height: one.height,
        zIndex: 1,
        selectable: false,
        focusable: false,
        data: {},
      });
    }
    for (const box of route.layout.boxes) {
      const visit = visits?.get(box.id);
      const nodeSum = nodeSums?.get(box.id);
      const came = nodeSum ?? nodeSums?.get(counted(box.node).id);
      const times = visit ? visited(counted(box.node).id) || visit.count : 0;
      const says = words(box.node);
      nodes.push({
        id: box.id,
        type: 'step',
        position: { x: dx + box.x, y: dy + box.y },
        width: box.width,
        height: box.height,
        zIndex: 3,
        ariaLabel: label(box.node.kind, says, visit),
        data: {
          kind: box.node.kind,
          caption: says,
          about: times > 1 ? `${times}x` : came ? count(came.count) : '',
          failed: nodeSum && nodeSum.failed > 0 ? count(nodeSum.failed) : '',
          title: [
            box.node.label || box.node.kind,
            ...(nodeSum ? [`${said(nodeSum)}; 95 % within ${duration(nodeSum.p95Us)}`] : []),
          ].join('\n'),
          look: visits
            ? visit
              ? visit.failed
                ? 'failed'
                : visit.isInside
                  ? 'inside'
                  : 'passed'
              : 'unused'
            : nodeSum && nodeSum.failed > 0
              ? 'failed'
              : 'plain',
          heat: heat.get(box.id) ?? 0,
          isCurrent: box.id === current || box.id === found,
        },
      });
    }
    for (const edge of route.layout.edges) {
      const passed = isGone(edge);
      edges.push({
        id: `${edge.from} > ${edge.to}`,
        source: edge.from,
        target: edge.to,
        type: edge.isAside ? 'smoothstep' : 'down',
        ...(edge.lane ? { data: { x: dx + edge.lane.x, past: pastOf(edge) } } : {}),
        zIndex: 2,
        className: passed ? 'mp-edge-passed' : edge.isAside ? 'mp-edge-aside' : visits ? 'mp-edge-unused' : '',
      });
    }
  }
  for (const link of placed.links) {
    edges.push({
      id: `${link.from} >> ${link.to}`,
      source: link.from,
      target: link.to,
      sourceHandle: 'side',
      targetHandle: 'side-in',
      zIndex: 4,
      className: isPassed(link.from) && isPassed(link.to) ? 'mp-edge-passed mp-edge-link' : 'mp-edge-link',
    });
  }
  return { nodes, edges };
}

function said(sum: Sum): string {
  const failed = sum.failed > 0 ? `, ${count(sum.failed)} failed (${share(sum.failed, sum.count)})` : '';
  return `${plural(sum.count, 'message')}${failed}`;
}

function label(kind: string, words: string, visit: Visit | undefined): string {
  const passed = visit ? (visit.failed ? ', failed here' : visit.isInside ? ', failed inside' : ', passed') : '';
  return `${kind} ${words}${passed}`;
}
