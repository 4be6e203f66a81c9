// The text of a search, changed term by term as facets do. The language is docs/reference/query.md; the server parses it,
// here terms are only told apart: by spaces outside of quotation marks and brackets.

export function split(query: string): string[] {
  const terms: string[] = [];
  let term = '';
  let depth = 0;
  let quoted = false;
  for (const letter of query) {
    if (letter === '"') quoted = !quoted;
    if (!quoted && letter === '(') depth += 1;
    if (!quoted && letter === ')') depth = Math.max(0, depth - 1);
    if (letter === ' ' && !quoted && depth === 0) {
      if (term) terms.push(term);
      term = '';
    } else {
      term += letter;
    }
  }
  if (term) terms.push(term);
  return terms;
}

/** A value as it stands behind a key: in quotation marks when it needs them. */
export function quote(value: string): string {
  return /^[\p{L}\p{N}_./#@$+-]+$/u.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

export function term(key: string, value: string): string {
  return `${key}:${quote(value)}`;
}

export function has(query: string, key: string, value: string): boolean {
  return split(query).includes(term(key, value));
}

/** Adds the term or takes it away; another value of the same key gives way. */
export function toggle(query: string, key: string, value: string): string {
  const terms = split(query);
  const wanted = term(key, value);
  const kept = terms.filter((one) => !one.startsWith(`${key}:`));
  return (terms.includes(wanted) ? kept : [...kept, wanted]).join(' ');
}

/** What says already which messages are meant by how they ended; without any, a search finds all that went well too. */
const ENDS = /(^|[\s(-])(outcome|status|fingerprint|group|error|class|node):/;

export function namesOutcome(query: string): boolean {
  return ENDS.test(query.replace(/"[^"]*"/g, '""'));
}

/** What most are looking for when they begin; the other suggestions follow as they came. */
const FIRST = ['outcome:', 'integration:', 'route:', 'replayed:', 'since:'];

export function offered<One extends { text: string }>(suggestions: One[]): One[] {
  const first = FIRST.flatMap((text) => suggestions.filter((one) => one.text === text));
  return [...first, ...suggestions.filter((one) => !first.includes(one))];
}

const isBound = (one: string) => /^(since|until):/.test(one);

/** Terms to which others can be added: a choice (`OR`) stands in brackets then, bounds in time outside of them. */
export function closed(query: string): string[] {
  const terms = split(query);
  if (!terms.includes('OR')) return terms;
  return [`(${terms.filter((one) => !isBound(one)).join(' ')})`, ...terms.filter(isBound)];
}

/** The query within what the top bar says, unless its own words say otherwise. */
export function within(query: string, environment: string | null, range: string): string {
  const terms = split(query);
  const says = (...keys: string[]) => terms.some((one) => keys.some((key) => one.startsWith(`${key}:`)));
  const place = environment && !says('env', 'environment') ? [term('env', environment)] : [];
  const time = says('since', 'until') ? [] : [range];
  return [...place, ...closed(query), ...time].join(' ');
}

const unquoted = (query: string) => query.replace(/"[^"]*"?/g, '""');

/** What stands before a sign, as `orderId` in `orderId:A-17`. */
const KEY = /(?<=^|[\s(-])[\p{L}_][\p{L}\p{N}_.-]*(?=[:=<>])/gu;
/** Names that a key has beside the one that is offered. */
const ALSO = ['status', 'environment', 'duration'];

/** Keys of a query that may be names of attributes: what is offered for each says whether one is. */
export function keysOf(query: string): string[] {
  const found = [...unquoted(query).matchAll(KEY)].map(([key]) => key.replace(/^attr\./, ''));
  return [...new Set(found)].filter((key) => !ALSO.includes(key) && !key.startsWith('header.'));
}

/** Whether a key is among the suggestions for it, which end with a sign. */
export function isOffered(key: string, suggestions: { text: string }[]): boolean {
  return suggestions.some(({ text }) => text.replace(/[:>.]$/, '') === key);
}

/** Words that stand without a key; they are ids and values of attributes, and never looked for in an error. */
export function bareWords(query: string): string[] {
  return split(query).filter((one) => !/^(OR|NOT|AND)$|^[-(]/.test(one) && !/[:=<>]/.test(unquoted(one)));
}

/** The same query with its bare words looked for in errors: `no price` -> `error:"no price"`. */
export function inErrors(query: string): string {
  const words = bareWords(query);
  const others = split(query).filter((one) => !words.includes(one));
  return [...others, term('error', words.map((one) => one.replaceAll('"', '')).join(' '))].join(' ');
}

/** What is said of a query as it was sent, said of what somebody typed: the console puts terms before and after it. */
export function placed(text: string, typed: string, sent: string): string {
  const begin = sent.indexOf(typed);
  return text.replace(/ \(at character (\d+)\)$/, (_, at) => {
    const place = Number(at) - begin;
    if (begin < 0 || typed === '' || place < 1) return '';
    return place > typed.length ? ' (at the end)' : ` (at character ${place})`;
  });
}
