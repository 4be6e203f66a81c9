// Text of strangers made fit to be shown: control characters, bidirectional overrides and very long lines.

/** Reorders what follows it; shown as its code instead. */
const INVISIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

export function visible(text: string): string {
  return text.replace(INVISIBLE, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`);
}

/** More of one line than any screen holds only makes a browser slow. */
export const LINE_CHARS = 4_000;

export function cut(text: string, most = LINE_CHARS): { text: string; more: number } {
  const letters = text.length > most ? text.slice(0, most) : text;
  return { text: letters, more: text.length - letters.length };
}

/** At most so many letters, the last of them a dot-dot-dot where there were more. */
export function shortened(text: string, most: number): string {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text;
}

export type Language = 'json' | 'xml' | 'text';

export function language(body: string, contentType: string | null | undefined): Language {
  const kind = contentType?.toLowerCase() ?? '';
  const first = body.trimStart().charAt(0);
  if (kind.includes('json') || first === '{' || first === '[') return isJson(body) ? 'json' : 'text';
  return kind.includes('xml') || first === '<' ? 'xml' : 'text';
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

/** Laid out for reading. Numbers keep the digits they were written with: nothing is parsed and written anew. */
export function pretty(body: string, as: Language): string {
  if (as === 'json') return prettyJson(body);
  return as === 'xml' ? prettyXml(body) : body;
}

function prettyJson(body: string): string {
  let out = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  for (let at = 0; at < body.length; at += 1) {
    const letter = body.charAt(at);
    if (letter === '"') {
      const end = stringEnd(body, at);
      out += body.slice(at, end);
      at = end - 1;
    } else if (letter === '{' || letter === '[') {
      const close = /^[{[]\s*[}\]]/.exec(body.slice(at));
      if (close) {
        out += letter + close[0].slice(-1);
        at += close[0].length - 1;
      } else {
        depth += 1;
        out += letter + line();
      }
    } else if (letter === '}' || letter === ']') {
      depth = Math.max(0, depth - 1);
      out += line() + letter;
    } else if (letter === ',') {
      out += letter + line();
    } else if (letter === ':') {
      out += ': ';
    } else if (!/\s/.test(letter)) {
      out += letter;
    }
  }
  return out;
}

function stringEnd(body: string, from: number): number {
  let at = from + 1;
  while (at < body.length && body.charAt(at) !== '"') at += body.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

function prettyXml(body: string): string {
  const parts = body.match(/<[^>]*>|[^<]+/g) ?? [];
  const lines: string[] = [];
  let depth = 0;
  parts.forEach((part, at) => {
    const text = part.trim();
    if (!text) return;
    const closes = text.startsWith('</');
    if (closes) depth = Math.max(0, depth - 1);
    const isText = !text.startsWith('<');
    const before = parts[at - 1]?.trim() ?? '';
    const opened = before.startsWith('<') && !before.startsWith('</') && !before.endsWith('/>');
    const onLine = (isText && opened) || (closes && lines.length > 0 && (opened || !before.startsWith('<')));
    if (onLine) lines[lines.length - 1] += text;
    else lines.push('  '.repeat(depth) + text);
    if (!closes && !isText && !text.endsWith('/>') && !/^<[?!]/.test(text)) depth += 1;
  });
  return lines.join('\n');
}

/** `rest:get:/orders/%7Bid%7D` as somebody wrote it; what cannot be decoded stays as it is. */
export function decoded(uri: string): string {
  return uri.replace(/(?:%[0-9A-Fa-f]{2})+/g, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });
}
