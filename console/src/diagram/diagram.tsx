// Routes as a picture: what is where comes from the model, here it is only painted. Buttons zoom, Tab goes from box to box,
// Enter picks one.

import '@xyflow/react/dist/style.css';
import './diagram.css';

import { Background, type Edge, type Node, ReactFlow, type ReactFlowInstance } from '@xyflow/react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { caption } from '../model/caption';
import { INSIDE, picture } from '../model/diagram/join';
import type { Visit } from '../model/diagram/path';
import { type Look, svg } from '../model/diagram/svg';
import type { Shape } from '../model/diagram/tree';
import { viewOf } from '../model/diagram/view';
import { fileName } from '../model/export';
import { plural } from '../model/plural';
import type { Sum } from '../model/sum';
import { count, duration, share } from '../model/time';
import { save } from '../parts/download';
import { useAddress } from '../parts/link';
import { FrameBox, RouteBox, StepBox } from './boxes';
import { heatOf } from './heat';
import { FindNode, Legend, Tools } from './tools';

type Props = {
  shapes: Shape[];
  routeSums?: Map<string, Sum>;
  /** What went through each box, by its id (`route/node`). */
  nodeSums?: Map<string, Sum>;
  /** The path of one message, by the ids of boxes. */
  visits?: Map<string, Visit>;
  current?: string | undefined;
  pick?: (id: string) => void;
  /** Where a route's title leads. */
  addressOf?: (route: string) => string;
};

const KINDS = { step: StepBox, frame: FrameBox, route: RouteBox };
/** The library's own words tell of moving and removing, which cannot be done here; it takes one of them for the other. */
const told = (text: string) => ({
  'node.a11yDescription.default': text,
  'node.a11yDescription.keyboardDisabled': text,
});
const TOLD = { steps: told('Enter chooses the step.'), routes: told('Enter opens a route.'), nothing: told('') };
/** Below this, a picture that fits as a whole is too small to read: it begins at its start instead. */
const READABLE = 0.55;
/** Long enough to see where it goes; whoever asked for less motion sees it there. */
const SHOW_MS = 150;
const isStill = matchMedia('(prefers-reduced-motion: reduce)');
/** So many boxes are seen at a glance; with more, a node is looked for by its words. */
const FEW = 12;

export function Diagram({ shapes, routeSums, nodeSums, visits, current, pick, addressOf }: Props) {
  const placed = useMemo(() => picture(shapes), [shapes]);
  const navigate = useNavigate();
  const address = useAddress();
  const flow = useRef<ReactFlowInstance | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [isWide, setWide] = useState(false);
  const { nodes, edges } = useMemo(() => {
    const heat = heatOf(nodeSums);
    return paint(placed, { routeSums, nodeSums, heat, visits, current });
  }, [placed, routeSums, nodeSums, visits, current]);

  const show = (id: string) => {
    const shown = nodes.find((node) => node.id === id);
    const instance = flow.current;
    if (!shown || !instance) return;
    const zoom = Math.max(instance.getZoom(), READABLE);
    const duration = isStill.matches ? 0 : SHOW_MS;
    void instance.setViewport(viewAt(shown, zoom), { duration });
  };
  const viewAt = (node: Node, zoom: number) => {
    const size = frame.current?.getBoundingClientRect() ?? { width: 0, height: 0 };
    const route = placed.routes.find((one) => node.id.startsWith(`${one.shape.name}/`));
    const { width = 0, height: tall = 0, position } = node;
    return viewOf({ ...position, width, height: tall }, route, size, zoom);
  };
  const choose = (node: Node) => {
    if (node.type === 'step') pick?.(node.id);
    else if (node.type === 'route' && addressOf) void navigate(address(addressOf(String(node.data.name))));
  };
  const keep = () => {
    const looks = new Map(nodes.flatMap((node) => (node.type === 'step' ? [[node.id, node.data as Look]] : [])));
    save(
      fileName(shapes.length === 1 ? (shapes[0]?.name ?? 'routes') : 'routes', new Date(), 'svg'),
      svg(placed, looks),
      'image/svg+xml',
    );
  };
  const start = useMemo(
    () => nodes.find((node) => node.id === (current ?? '')) ?? nodes.find((node) => node.type === 'step'),
    [nodes, current],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the chosen box, not the function that shows it
  useEffect(() => {
    if (current) show(current);
  }, [current, placed]);

  const begin = (instance: ReactFlowInstance) => {
    flow.current = instance;
    const box = frame.current?.getBoundingClientRect();
    if (!box || !start) return;
    const fits = Math.min(box.width / (placed.width + 40), box.height / (placed.height + 40));
    if (fits >= READABLE) void instance.fitView({ padding: 0.06, maxZoom: 1 });
    else if (current) void instance.setViewport(viewAt(start, 0.8));
    else
      void instance.setViewport({
        x: 20,
        y: 20,
        zoom: Math.max(READABLE, Math.min(0.8, box.width / (placed.width + 40))),
      });
  };
  const height = isWide ? '75vh' : Math.max(240, Math.min(520, placed.height * 0.9 + 60));
  return (
    <>
      <div className="mp-diagram-bar">
        {nodes.length > FEW && <FindNode routes={placed.routes} show={show} />}
        <Tools flow={flow} isWide={isWide} setWide={setWide} keep={keep} />
      </div>
      <div ref={frame} className="mp-diagram" style={{ height }}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={KINDS}
          onInit={begin}
          nodesDraggable={false}
          nodesConnectable={false}
          edgesFocusable={false}
          elementsSelectable={pick !== undefined || addressOf !== undefined}
          // Nothing is removed or framed here, and the space bar scrolls the page.
          deleteKeyCode={null}
          selectionKeyCode={null}
          panActivationKeyCode={null}
          ariaLabelConfig={TOLD[pick ? 'steps' : addressOf ? 'routes' : 'nothing']}
          onlyRenderVisibleElements={nodes.length > 150}
          minZoom={0.08}
          maxZoom={2}
          zoomOnScroll={false}
          panOnScroll={false}
          preventScrolling={false}
          aria-label="Routes"
          onNodeClick={(_, node) => choose(node)}
          onKeyDown={(event) => {
            const on = event.target as HTMLElement;
            const node = event.key === 'Enter' && nodes.find((one) => one.id === on.dataset.id);
            if (node) choose(node);
          }}
        >
          <Background gap={24} />
        </ReactFlow>
      </div>
      {visits ? <Legend of="path" /> : nodeSums && <Legend of="heat" />}
    </>
  );
}

type Paint = {
  routeSums: Map<string, Sum> | undefined;
  nodeSums: Map<string, Sum> | undefined;
  heat: Map<string, number>;
  visits: Map<string, Visit> | undefined;
  current: string | undefined;
};

function paint(placed: ReturnType<typeof picture>, { routeSums, nodeSums, heat, visits, current }: Paint) {
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const isPassed = (id: string) => visits?.has(id.replace(/#frame$/, '')) ?? false;
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
      nodes.push({
        id: box.id,
        type: 'step',
        position: { x: dx + box.x, y: dy + box.y },
        width: box.width,
        height: box.height,
        zIndex: 3,
        ariaLabel: label(box.node.kind, caption(box.node), visit),
        data: {
          kind: box.node.kind,
          caption: caption(box.node),
          about: visit && visit.count > 1 ? `${visit.count}x` : nodeSum ? count(nodeSum.count) : '',
          title: nodeSum
            ? `${said(nodeSum)}; 95 % within ${duration(nodeSum.p95Us)}`
            : (box.node.label ?? box.node.kind),
          look: visits
            ? visit
              ? visit.failed
                ? 'failed'
                : 'passed'
              : 'unused'
            : nodeSum && nodeSum.failed > 0
              ? 'failed'
              : 'plain',
          heat: heat.get(box.id) ?? 0,
          isCurrent: box.id === current,
        },
      });
    }
    for (const edge of route.layout.edges) {
      const passed = isPassed(edge.from) && isPassed(edge.to);
      edges.push({
        id: `${edge.from} > ${edge.to}`,
        source: edge.from,
        target: edge.to,
        type: 'smoothstep',
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
  const passed = visit ? (visit.failed ? ', failed here' : ', passed') : '';
  return `${kind} ${words}${passed}`;
}
