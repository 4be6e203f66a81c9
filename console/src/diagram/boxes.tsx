import { BaseEdge, type Edge, type EdgeProps, Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { besideLane, pathOf } from '../model/diagram/layout';
import { warmth } from '../model/diagram/svg';
import { decoded, visible } from '../model/text';

type Step = Node<{
  kind: string;
  caption: string;
  about: string;
  /** How many failed there; empty of a single message. */
  failed: string;
  title: string;
  look: 'plain' | 'passed' | 'failed' | 'inside' | 'unused';
  heat: number;
  isCurrent: boolean;
}>;

/** One node of a route. What it looks like says how it fared; the words say it too. */
export function StepBox({ data }: NodeProps<Step>) {
  const warm = data.look === 'plain' && data.heat > 0 ? ` mp-heat-${warmth(data.heat)}` : '';
  return (
    <div
      className={`mp-box mp-box-${data.look}${data.isCurrent ? ' mp-box-current' : ''}${warm}`}
      title={visible(data.title)}
    >
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <Handle type="target" id="side-in" position={Position.Left} isConnectable={false} />
      <span className="mp-box-kind">
        <span className="mp-box-name">{data.kind}</span>
        {data.look === 'failed' && <span className="mp-box-mark">&nbsp;{`${data.failed} failed`.trim()}</span>}
        {data.look === 'inside' && <span className="mp-box-quiet">&nbsp;failed inside</span>}
      </span>
      <span className="mp-box-about">{data.about}</span>
      {data.caption && <span className="mp-box-caption">{visible(decoded(data.caption))}</span>}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
      <Handle type="source" id="side" position={Position.Right} isConnectable={false} />
    </div>
  );
}

/** Around a node that holds others. */
export function FrameBox() {
  return (
    <div className="mp-frame">
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}

type Route = Node<{ name: string; about: string; isBad: boolean }>;

export function RouteBox({ data }: NodeProps<Route>) {
  return (
    <div className="mp-route">
      <span className="mp-route-name">{visible(data.name)}</span>
      <span className={data.isBad ? 'mp-bad' : 'mp-quiet'}> {data.about}</span>
    </div>
  );
}

/** From a node to the next, or beside the ways of a choice with how many went past them (`past`). */
export function DownLine({ sourceX, sourceY, targetX, targetY, data }: EdgeProps<Edge<{ x?: number; past?: string }>>) {
  const path = pathOf({ x: sourceX, y: sourceY }, { x: targetX, y: targetY }, data?.x);
  const beside = besideLane({ y: sourceY }, { y: targetY }, data?.x ?? 0);
  return (
    <>
      <BaseEdge path={path} />
      {data?.past && (
        <text x={beside.x} y={beside.y} className="mp-edge-count">
          {data.past}
        </text>
      )}
    </>
  );
}
