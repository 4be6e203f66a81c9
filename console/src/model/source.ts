// Where each node of a route is written, and what went through each line. A tracer knows lines and no files: the file is the
// one whose lines hold what the nodes say.

import { nodeId, type Shape } from './diagram/tree';

export type SourceFile = { path: string; text?: string | null };
export type Passed = { count: number; failed: number; meanUs?: number | null; p95Us?: number | null };

export type LineNote = Passed & {
  /** The boxes that stand on the line, the outermost first. */
  boxes: string[];
};

const ROUTES = /\.(ya?ml|xml|camel)$/i;

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** `id: line`, `<route id="line">`, `routeId: "line"` */
function names(text: string, route: string): boolean {
  return new RegExp(`\\b(?:id|routeId)["']?\\s*[:=]\\s*["']?${literal(route)}["']?\\s*(?:$|[,/>}\\s])`, 'm').test(text);
}

/** How well a file fits a route: each node whose word stands on its line or next to it. */
function fits(lines: string[], shape: Shape): number {
  return shape.nodes.filter(({ kind, line }) => {
    if (line <= 0 || line > lines.length) return false;
    const around = lines.slice(Math.max(0, line - 2), line + 1).join('\n');
    return new RegExp(`\\b${literal(kind)}\\b`).test(around);
  }).length;
}

/** The file of each route; a route that no file fits is not there. */
export function places(files: SourceFile[], shapes: Shape[]): Map<string, string> {
  const candidates = files.flatMap((file) =>
    ROUTES.test(file.path) && typeof file.text === 'string'
      ? [{ path: file.path, text: file.text, lines: file.text.split('\n') }]
      : [],
  );
  const out = new Map<string, string>();
  for (const shape of shapes) {
    const scored = candidates
      .map((file) => ({
        path: file.path,
        score: fits(file.lines, shape) + (names(file.text, shape.name) ? shape.nodes.length + 1 : 0),
      }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.path.localeCompare(b.path));
    const [best] = scored;
    if (best) out.set(shape.name, best.path);
  }
  return out;
}

/** What stands on each line of a file, and what went through it. */
export function notes(
  path: string,
  shapes: Shape[],
  where: ReadonlyMap<string, string>,
  passed: ReadonlyMap<string, Passed>,
): Map<number, LineNote> {
  const out = new Map<number, LineNote>();
  for (const shape of shapes) {
    if (where.get(shape.name) !== path) continue;
    for (const node of shape.nodes) {
      if (node.line <= 0) continue;
      const id = nodeId(shape.name, node.node);
      const sum = passed.get(id);
      const known = out.get(node.line);
      // Several nodes on a line: what the busiest of them did stands for it.
      if (!known) out.set(node.line, { ...(sum ?? { count: 0, failed: 0 }), boxes: [id] });
      else {
        known.boxes.push(id);
        if (sum && sum.count > known.count) Object.assign(known, sum);
      }
    }
  }
  return out;
}

/** `orders/routes.yaml:12:5: unknown option` of a file, by line. */
export function problemsOf(path: string, messages: string[]): Map<number, string[]> {
  const out = new Map<number, string[]>();
  for (const message of messages) {
    const [, file = '', line = '', text = ''] = /^(.+?):(\d+)(?::\d+)?:?\s*([\s\S]*)$/.exec(message) ?? [];
    if (!file || !(file === path || file.endsWith(`/${path}`))) continue;
    out.set(Number(line), [...(out.get(Number(line)) ?? []), text]);
  }
  return out;
}

/** Where a file is edited at its Git host; undefined where that is not known. */
export function editAddress(url: string, branch: string, path: string): string | undefined {
  if (!/^https:\/\//.test(url)) return undefined;
  const { host, origin, pathname } = new URL(url);
  const repository = `${origin}${pathname.replace(/\.git\/?$/, '').replace(/\/$/, '')}`;
  const file = `${encodeURIComponent(branch).replaceAll('%2F', '/')}/${path.split('/').map(encodeURIComponent).join('/')}`;
  if (/(^|\.)github\./.test(host)) return `${repository}/edit/${file}`;
  if (/gitlab/.test(host)) return `${repository}/-/edit/${file}`;
  if (/gitea|forgejo|codeberg/.test(host)) return `${repository}/_edit/${file}`;
  return undefined;
}
