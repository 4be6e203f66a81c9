// Where a diagram begins when not all of it fits: with the route of the box that is looked at, not in the middle of a gap.

type Size = { width: number; height: number };
type Place = Size & { x: number; y: number };
export type View = { x: number; y: number; zoom: number };

/** Below this, a picture that fits as a whole is too small to read: it begins at its start instead. */
export const READABLE = 0.8;

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

/** All of a picture in the middle, never larger than it is drawn. */
export function wholeOf(picture: Size, frame: Size): View {
  const zoom = Math.min(1, frame.width / (picture.width + 2 * MARGIN), frame.height / (picture.height + 2 * MARGIN));
  return { x: (frame.width - picture.width * zoom) / 2, y: (frame.height - picture.height * zoom) / 2, zoom };
}

/** All of it where that can be read; else its start, as much from left to right as can be read. */
export function startOf(picture: Size, frame: Size): View {
  const whole = wholeOf(picture, frame);
  if (whole.zoom >= READABLE) return whole;
  const zoom = Math.max(READABLE, Math.min(1, frame.width / (picture.width + 2 * MARGIN)));
  return { x: Math.max(MARGIN, (frame.width - picture.width * zoom) / 2), y: MARGIN, zoom };
}

/** Whether a place is within the frame, to a hair. */
export function seen({ x, y, zoom }: View, place: Place, frame: Size): boolean {
  const [left, top] = [x + place.x * zoom, y + place.y * zoom];
  return (
    left >= -1 &&
    top >= -1 &&
    left + place.width * zoom <= frame.width + 1 &&
    top + place.height * zoom <= frame.height + 1
  );
}
