// Where a diagram begins when not all of it fits: with the route of the box that is looked at, not in the middle of a gap.

type Size = { width: number; height: number };
type Place = Size & { x: number; y: number };
export type View = { x: number; y: number; zoom: number };

/** Space that stays around what is looked at. */
const MARGIN = 20;

/** The box in the middle from top to bottom; from left to right its route from its edge, as far as the box is still seen. */
export function viewOf(box: Place, route: Place | undefined, frame: Size, zoom: number): View {
  const [width, height] = [frame.width / zoom, frame.height / zoom];
  const middle = box.x + box.width / 2 - width / 2;
  const left = route ? Math.max(route.x - MARGIN, box.x + box.width + MARGIN - width) : middle;
  const top = box.y + box.height / 2 - height / 2;
  const first = route ? Math.max(top, route.y - MARGIN) : top;
  return { x: -left * zoom, y: -first * zoom, zoom };
}
