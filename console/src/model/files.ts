// What one release has that another has not, file by file.

import { difference } from './diff';

export type File = { path: string; size: number; text?: string | null };

export type Changed = {
  path: string;
  is: 'added' | 'removed' | 'changed';
  left: string[];
  right: string[];
  /** Lines that came and lines that went; null when it is no text. */
  count: { added: number; removed: number } | null;
};

const linesOf = (file: File | undefined) => (file?.text ? file.text.replace(/\n$/, '').split('\n') : []);
/** What is no text is compared by its size: the bytes are not here. */
const isText = (file: File | undefined) => file === undefined || typeof file.text === 'string';

/** By path. Files that are equal are not there. */
export function changedFiles(left: File[], right: File[]): Changed[] {
  const before = new Map(left.map((file) => [file.path, file]));
  const after = new Map(right.map((file) => [file.path, file]));
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const [one, other] = [before.get(path), after.get(path)];
    if (one && other && one.size === other.size && one.text === other.text) return [];
    const [a, b] = [linesOf(one), linesOf(other)];
    const { lines } = difference(a, b);
    const count =
      isText(one) && isText(other)
        ? {
            added: lines.filter((line) => line.is === 'right').length,
            removed: lines.filter((line) => line.is === 'left').length,
          }
        : null;
    return [{ path, is: !one ? 'added' : !other ? 'removed' : 'changed', left: a, right: b, count } as const];
  });
}

type Release = { camel: string; base?: string; dependencies: string[] };

/** What else differs: the line of Camel, what is resolved beyond the base library. */
export function changedFacts(left: Release, right: Release): string[] {
  const out: string[] = [];
  if (left.camel !== right.camel) out.push(`Camel ${left.camel} becomes ${right.camel}`);
  const [before, after] = [new Set(left.dependencies), new Set(right.dependencies)];
  for (const one of right.dependencies) if (!before.has(one)) out.push(`needs ${one}`);
  for (const one of left.dependencies) if (!after.has(one)) out.push(`no longer needs ${one}`);
  return out;
}
