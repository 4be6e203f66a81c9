// A picture of routes as a file of its own: what the diagram shows, in plain SVG without a style sheet, so that it can be put
// into a document. Text is cut to what a box holds and is escaped; nothing of a stranger becomes an element.

import { shortened, visible } from '../text';
import { INSIDE, type Picture } from './join';
import { type Box, besideLane, pathOf } from './layout';
import { words } from './tree';

export type Look = {
  look: 'plain' | 'passed' | 'failed' | 'inside' | 'unused';
  heat: number;
  about: string;
  failed?: string;
};

const PLAIN: Look = { look: 'plain', heat: 0, about: '' };
const MARGIN = 16;
/** Widths of letters differ; with the fonts that are likely these fit a box. */
const LETTERS = { kind: 22, caption: 31 };
const INK = { text: '#151515', dim: '#4d4d4d', line: '#8a8d90', good: '#3d7317', bad: '#b1380b', paper: '#ffffff' };
/** Blue, from little time to most of it: red is for failures alone. */
const HEAT = ['#b9dafc', '#4394e5', '#0066cc', '#003366'];

/** How warm a box is painted: 1 to 4, or 0 for not at all. */
export function warmth(heat: number): number {
  return heat > 0 ? Math.min(HEAT.length, Math.ceil(heat * HEAT.length)) : 0;
}

function escaped(text: string): string {
  return visible(text).replace(
    /[&<>"']/g,
    (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' })[letter] ?? '',
  );
}

/** `past`: how many went along a line past the ways of a choice, by its ends (`from > to`). */
export function svg(
  picture: Picture,
  looks: ReadonlyMap<string, Look>,
  past: ReadonlyMap<string, string> = new Map(),
): string {
  const [width, height] = [picture.width + 2 * MARGIN, picture.height + 2 * MARGIN];
  const places = new Map<string, { x: number; y: number; width: number; height: number }>();
  for (const route of picture.routes) {
    const [dx, dy] = [route.x + INSIDE.side, route.y + INSIDE.top];
    for (const one of [...route.layout.boxes, ...route.layout.frames]) {
      places.set(one.id, { x: dx + one.x, y: dy + one.y, width: one.width, height: one.height });
    }
  }
  const isPassed = (id: string) => {
    const look = looks.get(id.replace(/#frame$/, ''))?.look;
    return look === 'passed' || look === 'failed' || look === 'inside';
  };
  const parts: string[] = [];
  for (const route of picture.routes) {
    parts.push(
      `<rect x="${route.x}" y="${route.y}" width="${route.width}" height="${route.height}" rx="10" fill="#fafafa" stroke="#d2d2d2"/>`,
      `<text x="${route.x + INSIDE.side}" y="${route.y + 26}" font-size="13" font-weight="700">${escaped(route.shape.name)}</text>`,
    );
    for (const frame of route.layout.frames) {
      const at = places.get(frame.id);
      if (at)
        parts.push(
          `<rect x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" rx="8" fill="none" stroke="${INK.line}" stroke-dasharray="3 3"/>`,
        );
    }
    for (const edge of route.layout.edges) {
      const [from, to] = [places.get(edge.from), places.get(edge.to)];
      if (!from || !to) continue;
      const [x1, y1] = [from.x + from.width / 2, from.y + from.height];
      const [x2, y2] = [to.x + to.width / 2, to.y];
      const middle = (y1 + y2) / 2;
      const passed = isPassed(edge.from) && isPassed(edge.to) && !edge.lane?.past.some(isPassed);
      const lane = edge.lane && route.x + INSIDE.side + edge.lane.x;
      const d = edge.isAside ? `M${x1},${y1}V${middle}H${x2}V${y2}` : pathOf({ x: x1, y: y1 }, { x: x2, y: y2 }, lane);
      parts.push(
        `<path d="${d}" fill="none" stroke="${passed ? INK.good : INK.line}" stroke-width="${passed ? 2.5 : 1.5}"${edge.isAside ? ' stroke-dasharray="4 4"' : ''}/>`,
      );
      const went = past.get(`${edge.from} > ${edge.to}`);
      if (went && lane !== undefined) {
        const at = besideLane({ y: y1 }, { y: y2 }, lane);
        parts.push(`<text x="${at.x}" y="${at.y}" fill="${INK.dim}">${escaped(went)}</text>`);
      }
    }
    for (const box of route.layout.boxes) {
      const at = places.get(box.id);
      if (at) parts.push(boxOf(box, at, looks.get(box.id) ?? PLAIN));
    }
  }
  for (const link of picture.links) {
    const [from, to] = [places.get(link.from), places.get(link.to)];
    if (!from || !to) continue;
    const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
    const [x2, y2] = [to.x, to.y + to.height / 2];
    const middle = (x1 + x2) / 2;
    parts.push(
      `<path d="M${x1},${y1}C${middle},${y1} ${middle},${y2} ${x2},${y2}" fill="none" stroke="${isPassed(link.from) && isPassed(link.to) ? INK.good : INK.line}" stroke-width="1.5" stroke-dasharray="6 3"/>`,
    );
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="${INK.text}">`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${width}" height="${height}" fill="${INK.paper}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function boxOf(box: Box, at: { x: number; y: number; width: number; height: number }, look: Look): string {
  const warm = look.look === 'plain' ? warmth(look.heat) : 0;
  const edge =
    look.look === 'failed'
      ? INK.bad
      : look.look === 'passed'
        ? INK.good
        : warm > 0
          ? (HEAT[warm - 1] ?? INK.line)
          : INK.line;
  const dashed = look.look === 'unused' ? ' stroke-dasharray="4 3"' : '';
  const mark =
    look.look === 'failed' ? `${look.failed ?? ''} failed`.trim() : look.look === 'inside' ? 'failed inside' : '';
  const kind = `${box.node.kind} ${mark}`.trim();
  const says = words(box.node);
  const line = (y: number, text: string, more: string) =>
    `<text x="${at.x + 12}" y="${at.y + y}"${more}>${text}</text>`;
  return [
    `<rect x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" rx="6" fill="${look.look === 'failed' ? '#fceaea' : INK.paper}" stroke="${look.look === 'plain' ? INK.line : edge}"${dashed}/>`,
    `<rect x="${at.x}" y="${at.y}" width="4" height="${at.height}" rx="2" fill="${edge}"/>`,
    line(says ? 18 : 27, escaped(shortened(kind, LETTERS.kind)), ' font-weight="600"'),
    look.about
      ? `<text x="${at.x + at.width - 10}" y="${at.y + (says ? 18 : 27)}" text-anchor="end" fill="${INK.dim}">${escaped(look.about)}</text>`
      : '',
    says ? line(36, escaped(shortened(says, LETTERS.caption)), ` fill="${INK.dim}"`) : '',
  ]
    .filter(Boolean)
    .join('\n');
}
