// Routes as a picture: what is where comes from the model, here it is only painted. Buttons zoom, Tab goes from box to box,
// Enter picks one.

import '@xyflow/react/dist/style.css';
import './diagram.css';

import { Background, type Node, ReactFlow, type ReactFlowInstance } from '@xyflow/react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { type Link, picture } from '../model/diagram/join';
import type { Visit } from '../model/diagram/path';
import { type Look, svg } from '../model/diagram/svg';
import type { Shape } from '../model/diagram/tree';
import { READABLE, seen, startOf, type View, viewOf, wholeOf } from '../model/diagram/view';
import { fileName } from '../model/export';
import type { Sum } from '../model/sum';
import { save } from '../parts/download';
import { useAddress } from '../parts/link';
import { DownLine, FrameBox, RouteBox, StepBox } from './boxes';
import { heatOf } from './heat';
import { useOverPage } from './over';
import { paint } from './paint';
import { FindNode, Legend, Tools } from './tools';

type Props = {
  shapes: Shape[];
  routeSums?: Map<string, Sum>;
  /** What went through each box, by its id (`route/node`). */
  nodeSums?: Map<string, Sum>;
  /** The path of one message, by the ids of boxes. */
  visits?: Map<string, Visit>;
  /** The ways that it took from route to route. */
  entries?: Link[];
  current?: string | undefined;
  pick?: (id: string) => void;
  /** Where a route's title leads. */
  addressOf?: (route: string) => string;
  /** What is known of the chosen box, over the foot of the picture. */
  detail?: ReactNode;
};

const KINDS = { step: StepBox, frame: FrameBox, route: RouteBox };
const LINES = { down: DownLine };
/** The library's own words tell of moving and removing, which cannot be done here; it takes one of them for the other. */
const told = (text: string) => ({
  'node.a11yDescription.default': text,
  'node.a11yDescription.keyboardDisabled': text,
});
const TOLD = {
  both: told('Enter chooses a step or opens a route.'),
  steps: told('Enter chooses the step.'),
  routes: told('Enter opens a route.'),
  nothing: told(''),
};
/** Long enough to see where it goes; whoever asked for less motion sees it there. */
const SHOW_MS = 150;
const isStill = matchMedia('(prefers-reduced-motion: reduce)');
/** So many boxes are seen at a glance; with more, a node is looked for by its words. */
const FEW = 12;

export function Diagram({ shapes, routeSums, nodeSums, visits, entries, current, pick, addressOf, detail }: Props) {
  const placed = useMemo(() => picture(shapes, entries), [shapes, entries]);
  const navigate = useNavigate();
  const address = useAddress();
  const flow = useRef<ReactFlowInstance | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [isWide, setWide] = useState(false);
  const [isWhole, setWhole] = useState(true);
  const [found, setFound] = useState<string>();
  const { nodes, edges } = useMemo(() => {
    const heat = heatOf(nodeSums);
    return paint(placed, { routeSums, nodeSums, heat, visits, current, found });
  }, [placed, routeSums, nodeSums, visits, current, found]);

  const sizeOf = () => frame.current?.getBoundingClientRect() ?? { width: 0, height: 0 };
  const look = (view: View, ms = 0) => {
    void flow.current?.setViewport(view, { duration: isStill.matches ? 0 : ms });
    setWhole(seen(view, allOf(placed), sizeOf()));
  };
  const show = (id: string) => {
    const shown = nodes.find((node) => node.id === id);
    if (shown && flow.current) look(viewAt(shown, Math.max(flow.current.getZoom(), READABLE)), SHOW_MS);
  };
  const find = (id: string | undefined) => {
    setFound(id);
    if (id !== undefined) show(id);
  };
  const viewAt = (node: Node, zoom: number) => {
    const route = placed.routes.find((one) => node.id.startsWith(`${one.shape.name}/`));
    return viewOf(placeOf(node), route, sizeOf(), zoom);
  };
  const choose = (node: Node) => {
    setFound(undefined);
    if (node.type === 'step') pick?.(node.id);
    else if (node.type === 'route' && addressOf) void navigate(address(addressOf(String(node.data.name))));
  };
  const keep = () => {
    const looks = new Map(nodes.flatMap((node) => (node.type === 'step' ? [[node.id, node.data as Look]] : [])));
    save(
      fileName(shapes.length === 1 ? (shapes[0]?.name ?? 'routes') : 'routes', new Date(), 'svg'),
      svg(
        placed,
        looks,
        new Map(edges.flatMap((edge) => (edge.data?.past ? [[edge.id, String(edge.data.past)]] : []))),
      ),
      'image/svg+xml',
    );
  };
  const start = useMemo(
    () => nodes.find((node) => node.id === (current ?? '')) ?? nodes.find((node) => node.type === 'step'),
    [nodes, current],
  );
  const chosen = current === undefined ? undefined : nodes.find((node) => node.id === current);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the chosen box, not the function that shows it
  useEffect(() => {
    const now = flow.current?.getViewport();
    if (!chosen || !now) return;
    // What was clicked stays where it is.
    if (now.zoom < READABLE || !seen(now, placeOf(chosen), sizeOf())) show(chosen.id);
  }, [chosen?.id, chosen?.position.x, chosen?.position.y]);

  const begin = () => {
    if (!start) return;
    const whole = wholeOf(placed, sizeOf());
    look(current && whole.zoom < READABLE ? viewAt(start, READABLE) : startOf(placed, sizeOf()));
  };
  const whole = useOverPage(isWide, () => setWide(false));
  const before = useRef<View>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the picture fits itself to the frame as that gets another size
  useEffect(() => {
    const view = before.current;
    before.current = isWide ? flow.current?.getViewport() : undefined;
    if (isWide) begin();
    else if (view) look(view);
  }, [isWide]);
  const height = isWide ? undefined : Math.max(240, Math.min(600, placed.height * 0.9 + 60));
  return (
    <div ref={whole} className={isWide ? 'mp-diagram-over' : undefined} {...(isWide ? { popover: 'manual' } : {})}>
      <div className="mp-diagram-bar">
        {nodes.length > FEW && <FindNode routes={placed.routes} show={find} />}
        {!isWhole && (
          <span className="mp-quiet mp-diagram-part">A part is shown: drag the picture, or show all of it.</span>
        )}
        <Tools
          flow={flow}
          isWide={isWide}
          setWide={setWide}
          showAll={() => look(wholeOf(placed, sizeOf()))}
          keep={keep}
        />
      </div>
      <div ref={frame} className="mp-diagram" style={{ height }}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={KINDS}
          edgeTypes={LINES}
          onInit={(instance) => {
            flow.current = instance;
            begin();
          }}
          onMoveEnd={(_, view) => setWhole(seen(view, allOf(placed), sizeOf()))}
          nodesDraggable={false}
          nodesConnectable={false}
          edgesFocusable={false}
          elementsSelectable={pick !== undefined || addressOf !== undefined}
          // Nothing is removed or framed here, and the space bar scrolls the page.
          deleteKeyCode={null}
          selectionKeyCode={null}
          panActivationKeyCode={null}
          ariaLabelConfig={TOLD[pick ? (addressOf ? 'both' : 'steps') : addressOf ? 'routes' : 'nothing']}
          onlyRenderVisibleElements={nodes.length > 150}
          minZoom={0.08}
          maxZoom={2}
          zoomOnScroll={false}
          // Over the page, the wheel has nothing else to scroll.
          panOnScroll={isWide}
          preventScrolling={isWide}
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
        {detail && <div className="mp-diagram-detail">{detail}</div>}
      </div>
      {visits ? <Legend of="path" /> : nodeSums && <Legend of="heat" />}
    </div>
  );
}

function placeOf({ position, width = 0, height = 0 }: Node) {
  return { ...position, width, height };
}

function allOf({ width, height }: { width: number; height: number }) {
  return { x: 0, y: 0, width, height };
}
