// What goes into a route: a body and headers with the types that Camel is to see. What the server would refuse is said while
// it is being typed.

export const KINDS = ['text', 'long', 'double', 'bool', 'bytes', 'instant', 'null'] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_NAMES: Record<Kind, string> = {
  text: 'Text',
  long: 'Whole number',
  double: 'Number',
  bool: 'true or false',
  bytes: 'Bytes (base64)',
  instant: 'Time (ms since 1970)',
  null: 'null',
};

export type Header = { name: string; kind: Kind; value: string };
export type Body = { is: 'text'; text: string } | { is: 'bytes'; base64: string } | { is: 'none' };
export type Content = { body: Body; headers: Header[] };

/** As the API takes it. */
export type ContentInput = { body: string | null; bodyBase64: string | null; headers: Header[] };

/** As `LARGEST_BODY` of the server. */
export const LARGEST_BODY = 128 * 1024;
/** As many as a tracer records. */
const MOST_HEADERS = 256;

export const NOTHING: Content = { body: { is: 'none' }, headers: [] };

type Told = {
  body?: string | null;
  bodyBase64?: string | null;
  headers: { name: string; kind: string; value?: string | null }[];
};

/** Of something recorded. Headers that cannot be given back (masked, objects) are not there. */
export function ofRecorded({ body, bodyBase64, headers }: Told): Content {
  return { body: bodyOf(body, bodyBase64), headers: headers.flatMap(headerOf) };
}

function bodyOf(text: string | null | undefined, base64: string | null | undefined): Body {
  if (typeof text === 'string') return { is: 'text', text };
  return typeof base64 === 'string' ? { is: 'bytes', base64 } : { is: 'none' };
}

function headerOf({ name, kind, value }: Told['headers'][number]): Header[] {
  const known = KINDS.find((one) => one === kind);
  return known ? [{ name, kind: known, value: value ?? '' }] : [];
}

export function toInput({ body, headers }: Content): ContentInput {
  return {
    body: body.is === 'text' ? body.text : null,
    bodyBase64: body.is === 'bytes' ? body.base64 : null,
    headers: headers.map(({ name, kind, value }) => ({ name, kind, value: kind === 'null' ? '' : value })),
  };
}

export function isSame(a: Content, b: Content): boolean {
  return JSON.stringify(toInput(a)) === JSON.stringify(toInput(b));
}

const READS: Record<Kind, (value: string) => boolean> = {
  text: () => true,
  null: () => true,
  long: isWhole,
  instant: isWhole,
  double: (value) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value),
  bool: (value) => value === 'true' || value === 'false',
  bytes: (value) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value),
};

/** 64 bits, as Java's `long`. */
function isWhole(value: string): boolean {
  if (!/^[+-]?\d{1,19}$/.test(value)) return false;
  const number = BigInt(value.replace(/^\+/, ''));
  return number >= -(2n ** 63n) && number < 2n ** 63n;
}

const EXAMPLES: Partial<Record<Kind, string>> = {
  long: 'a whole number, as 5',
  double: 'a number, as 2.5',
  bool: 'true or false',
  bytes: 'base64, as AAE=',
  instant: 'milliseconds since 1970, as 1767225600000',
};

/** What is wrong with a header. */
export function headerProblem({ name, kind, value }: Header): string | undefined {
  if (!name) return 'A header has a name.';
  return READS[kind](value) ? undefined : `The value is ${EXAMPLES[kind]}.`;
}

/** Why it cannot go in; empty when it can. */
export function problems(content: Content): string[] {
  const out: string[] = [];
  const size = bodySize(content.body);
  if (size > LARGEST_BODY) {
    out.push(
      `The body has ${Math.ceil(size / 1024)} KiB; at most ${LARGEST_BODY / 1024} KiB can be delivered (MP-RPL-12).`,
    );
  }
  if (content.headers.length > MOST_HEADERS) out.push(`At most ${MOST_HEADERS} headers can be delivered.`);
  const seen = new Set<string>();
  content.headers.forEach((header, at) => {
    const wrong = headerProblem(header);
    if (wrong) out.push(`Header ${header.name || at + 1}: ${wrong}`);
    // Camel's headers know no case: the later one would quietly win.
    const key = header.name.toLowerCase();
    if (key && seen.has(key)) out.push(`Header ${header.name} is there twice.`);
    seen.add(key);
  });
  return out;
}

export function bodySize(body: Body): number {
  if (body.is === 'none') return 0;
  if (body.is === 'text') return new TextEncoder().encode(body.text).length;
  const padding = /=*$/.exec(body.base64)?.[0].length ?? 0;
  return (body.base64.length / 4) * 3 - padding;
}

/** What the headers say the body is. */
export function contentType({ headers }: Content): string | undefined {
  return headers.find((header) => header.name.toLowerCase() === 'content-type')?.value;
}

/** What a body is edited as. While it is being typed it need not be whole, so its beginning decides. */
export function editedAs(text: string, type: string | undefined): 'json' | 'xml' | 'text' {
  const kind = type?.toLowerCase() ?? '';
  if (kind.includes('json')) return 'json';
  if (kind.includes('xml')) return 'xml';
  const first = text.trimStart().charAt(0);
  if (first === '{' || first === '[') return 'json';
  return first === '<' ? 'xml' : 'text';
}

/** Where a text that should be JSON is none; undefined: it is. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (err) {
    // Browsers say it in different words; the place is what matters.
    const said = err instanceof Error ? err.message : '';
    const place = /line (\d+) column (\d+)/.exec(said);
    if (place) return `It is not JSON: line ${place[1]}, column ${place[2]}.`;
    const at = /position (\d+)/.exec(said)?.[1];
    if (!at) return 'It is not JSON.';
    const before = text.slice(0, Number(at)).split('\n');
    return `It is not JSON: line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}.`;
  }
}
