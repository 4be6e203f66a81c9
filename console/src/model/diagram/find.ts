import type { PlacedRoute } from './join';
import { type Shape, type TreeNode, tree } from './tree';

/** The boxes that have the words in kind, name or label, in the order in which a reader meets them. */
export function find(routes: PlacedRoute[], words: string): string[] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return [];
  return routes.flatMap((route) =>
    route.layout.boxes
      .filter(({ node }) => `${node.kind} ${node.node} ${node.label ?? ''}`.toLowerCase().includes(wanted))
      .map((box) => box.id),
  );
}

/** The node of a box, with its route. */
export function nodeOf(shapes: Shape[], box: string): { shape: Shape; node: TreeNode } | undefined {
  const within = (node: TreeNode): TreeNode | undefined =>
    node.id === box ? node : node.children.map(within).find((one) => one !== undefined);
  for (const shape of shapes) {
    const node = box.startsWith(`${shape.name}/`) ? within(tree(shape)) : undefined;
    if (node) return { shape, node };
  }
  return undefined;
}
