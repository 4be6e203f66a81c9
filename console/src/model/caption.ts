// What Camel says of a node, in a few words: an endpoint without its options, an expression, a name.

type Labelled = { kind: string; label?: string | null };

const URI = /^[a-z][\w+.-]*:/;
const NAME = '(?:class )?(?:[a-z]\\w*\\.)+[A-Z][\\w$]*(?:@[0-9a-f]+)?';
/** One class, an object printed by default, or a list of these; what of it a tracer has cut begins with the last comma. */
const CLASSES = new RegExp(`^\\[?(${NAME}(?:, ${NAME})*)(?:, [\\w. ]*)?\\]?$`);
/** `org.apache.camel.model.dataformat.JsonDataFormat@69b794e2` */
const MODEL = /^(\w+?)(?:DataFormat|Definition)$/;

export function caption({ kind, label }: Labelled): string {
  const text = (label ?? '').trim();
  const inside = (/^\w+\[(.*)(?:\]|\.{3})$/s.exec(text)?.[1] ?? text).trim();
  if (inside === kind) return '';
  if (kind === 'choice') return clauses(inside);
  const classes = CLASSES.exec(inside)?.[1];
  if (classes) return named(classes);
  if (!URI.test(inside)) return unwrapped(inside);
  // The options of an endpoint are noise here; a question mark within its own text (SQL) is followed by no `name=`.
  const bare = inside.replace(/\?[\w.-]+=.*$/s, '');
  return bare.replace(/^([a-z][\w+.-]*):\/\//, '$1:');
}

/** The last part of each name; what Camel's model calls itself as routes write it: `json`. */
function named(text: string): string {
  return text
    .split(', ')
    .map((one) => one.replace(/^.*\.|@.*$/g, ''))
    .map((one) => MODEL.exec(one)?.[1]?.toLowerCase() ?? one)
    .join(', ');
}

/** `jsonpath{$.lines}` is said as `$.lines`. */
function unwrapped(text: string): string {
  return /^\w+\{(.*)\}$/s.exec(text)?.[1] ?? text;
}

/** `when[simple{${body} == 1}]otherwise[]` of a choice: what each of its ways is taken by. */
function clauses(text: string): string {
  return text
    .split(/,?\s*(?=\b(?:when\[|otherwise(?:\[|$)))/)
    .filter(Boolean)
    .map((one) => caption({ kind: 'when', label: one.replace(/^otherwise.*$/s, 'otherwise') }))
    .join(', ');
}
