// A route's nodes as a tree. The API lists them in order, each naming the place (from 1) of the node that it stands in.

import { caption } from '../caption';

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

/** Of these, what stands outside of a clause is one way, from its first node to its last. */
const WITH_BODY = new Set(['doTry', 'circuitBreaker']);

/**
 * The ways that lead out of a node with children: one for each branch, or one for all that it holds. Older tracers told no clauses of a
 * choice, only the nodes in them: these may exclude each other, so none follows another.
 */
export function ways(node: TreeNode): TreeNode[][] {
  if (!BRANCHING.has(node.kind)) return [node.children];
  if (!WITH_BODY.has(node.kind)) return node.children.map((child) => [child]);
  const clauses = node.children.filter((child) => CLAUSES.has(child.kind) && child.kind !== 'doFinally');
  const body = node.children.filter((child) => !CLAUSES.has(child.kind));
  const before = body.length > 0 ? [body] : [];
  return [...before, ...clauses.map((clause) => [clause])];
}

/** What comes after whichever way was gone. */
export function afterWays(node: TreeNode): TreeNode[] {
  return node.kind === 'doTry' ? node.children.filter((child) => child.kind === 'doFinally') : [];
}

const tellsClauses = (node: TreeNode) => node.children.some((child) => CLAUSES.has(child.kind));

/** Whether a message may pass a choice by, because none of its conditions need be true. */
export function isOpen(node: TreeNode): boolean {
  if (node.kind !== 'choice') return false;
  if (tellsClauses(node)) return !node.children.some((child) => child.kind === 'otherwise');
  return !/\botherwise\b/.test(node.label ?? '');
}

const ENDS = new Set(['stop', 'throwException', 'rollback']);

/** Nothing comes after it. */
export const isEnd = (node: TreeNode) => ENDS.has(node.kind);

/** Camel counts no clause: as many came by as by the first node in it. */
export function counted(node: TreeNode): TreeNode {
  const [first] = node.children;
  return first && (CLAUSES.has(node.kind) || node.kind === 'doTry') ? counted(first) : node;
}

/** What a box says of its node. The conditions of a choice stand on its clauses. */
export function words(node: TreeNode): string {
  return node.kind === 'choice' && tellsClauses(node) ? '' : caption(node);
}

export const isBranching = (node: TreeNode) => BRANCHING.has(node.kind) && node.children.length > 0;

/** The endpoint that a node sends to, as another route's `from` names it. */
export function target(node: Pick<ShapeNode, 'kind' | 'label'>): string | undefined {
  if (!['to', 'toD', 'wireTap', 'enrich'].includes(node.kind)) return undefined;
  return address(node.label ?? '');
}

/** Whether what fails at a node fails in the node itself, and not in what it holds or calls. */
export const failsHere = (node: TreeNode) => node.children.length === 0 && target(node) === undefined;

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
