// Values that a rule of redaction hid before they were kept: `[masked card]`, `[masked $.iban 1f2e...]`. Whoever edits a body
// sees where they are; a route that gets a mask instead of the value would do something else than the original did.

import type { Content } from './content';

/** The name of a rule may be a path, with brackets of its own. */
export const MASK = /\[masked (?:[^\][\n]|\[[^\][\n]*\]){1,200}\]/g;

export type Mask = { text: string; rule: string; from: number; to: number; line: number };

/** Every mask of a text, in order. */
export function masks(text: string): Mask[] {
  let [line, seen] = [1, 0];
  return [...text.matchAll(MASK)].map((found) => {
    line += text.slice(seen, found.index).split('\n').length - 1;
    seen = found.index;
    // The last word of a keyed mask is the hash of the value.
    const rule = found[0].slice('[masked '.length, -1).replace(/ [0-9a-f]{16}$/, '');
    return { text: found[0], rule, from: found.index, to: found.index + found[0].length, line };
  });
}

/** Masks that would go in: in the body and in headers. */
export function remaining(content: Content): string[] {
  const body = content.body.is === 'text' ? masks(content.body.text) : [];
  return [
    ...body.map((mask) => `${mask.rule} in line ${mask.line}`),
    ...content.headers.flatMap((header) =>
      masks(header.value).map((mask) => `${mask.rule} in the header ${header.name}`),
    ),
  ];
}

/** `Authorization (masked)` of what is left out -> the name, for whoever wants to give a value. */
export function maskedName(leftOut: string): string | undefined {
  return /^(.+) \(masked\)$/.exec(leftOut)?.[1];
}
