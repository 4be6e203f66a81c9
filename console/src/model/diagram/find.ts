import type { PlacedRoute } from './join';

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
