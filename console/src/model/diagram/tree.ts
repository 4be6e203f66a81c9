// A route's nodes as a tree. The API lists them in order, each naming the place (from 1) of the node that it stands in.

export type ShapeNode = { node: string; kind: string; label?: string | null; parent: number; line: number };

export type Shape = {
  name: string;
  integration: string;
  environment: string;
  from?: string | null;
  description?: string | null;
  nodes: ShapeNode[];
};

export type TreeNode = ShapeNode & { id: string; children: TreeNode[] };

/** What stands in a route but not in the way of its messages: it begins where something fails or ends. */
const ASIDE = new Set(['onException', 'onCompletion', 'intercept', 'interceptFrom', 'interceptSendToEndpoint']);

/** Nodes of which each child is a way of its own. */
const BRANCHING = new Set(['choice', 'multicast', 'loadBalance', 'doTry', 'circuitBreaker', 'recipientList']);
const CLAUSES = new Set(['when', 'otherwise', 'doCatch', 'doFinally', 'onFallback', 'onFallbackViaNetwork']);

export const isAside = (node: TreeNode) => ASIDE.has(node.kind);

/** Same in every diagram of a page, and telling routes apart that have equal nodes. */
export function nodeId(route: string, node: string): string {
  return `${route}/${node}`;
}

export function tree(shape: Shape): TreeNode {
  const placed: TreeNode[] = [];
  const root: TreeNode = {
    node: 'from',
    kind: 'from',
    label: shape.from ?? null,
    parent: 0,
    line: 0,
    id: nodeId(shape.name, 'from'),
    children: [],
  };
  shape.nodes.forEach((node, at) => {
    const isRoot = at === 0 && node.kind === 'from';
    const made: TreeNode = isRoot ? root : { ...node, id: nodeId(shape.name, node.node), children: [] };
    if (isRoot) Object.assign(root, { label: node.label ?? root.label, line: node.line });
    placed.push(made);
    // A place that lies ahead would make a circle; such a node hangs on the route.
    const above = node.parent > 0 && node.parent <= at ? placed[node.parent - 1] : undefined;
    if (!isRoot) (above ?? root).children.push(made);
  });
  return root;
}

/** The ways that lead out of a node with children: one for each branch, or one for all that it holds. */
export function ways(node: TreeNode): TreeNode[][] {
  if (!BRANCHING.has(node.kind)) return [node.children];
  const clauses = node.children.filter((child) => CLAUSES.has(child.kind));
  if (node.kind === 'multicast' || node.kind === 'loadBalance' || node.kind === 'recipientList') {
    return node.children.map((child) => [child]);
  }
  const body = node.children.filter((child) => !CLAUSES.has(child.kind));
  const before = body.length > 0 ? [body] : [];
  return [...before, ...clauses.map((clause) => [clause])];
}

export const isBranching = (node: TreeNode) => BRANCHING.has(node.kind) && node.children.length > 0;

/** The endpoint that a node sends to, as another route's `from` names it. */
export function target(node: Pick<ShapeNode, 'kind' | 'label'>): string | undefined {
  if (!['to', 'toD', 'wireTap', 'enrich'].includes(node.kind)) return undefined;
  return address(node.label ?? '');
}

const INTERNAL = /^(direct|seda|vm|disruptor):/;

/** `direct://a?x=y` and `direct:a` are one endpoint. */
export function address(uri: string): string | undefined {
  const text = (/^\w+\[(.*)\]$/s.exec(uri)?.[1] ?? uri).replace(/\?.*$/s, '').replace('://', ':');
  return INTERNAL.test(text) ? text : undefined;
}

/** Whether a route runs within the message of whoever calls it, as its tracer sees it. */
export function isInline(from: string | null | undefined): boolean {
  return /^(direct|kamelet):/.test(from ?? '');
}
