// What Camel says of a node, in a few words: an endpoint without its options, an expression, a name.

type Labelled = { kind: string; label?: string | null };

const URI = /^[a-z][\w+.-]*:/;
/** A Java object printed by default: `org.apache.camel.model.dataformat.JsonDataFormat@69b794e2`. */
const OBJECT = /^(?:[a-z]\w*\.)+(\w+?)(?:DataFormat|Definition)?@[0-9a-f]+$/;

export function caption({ kind, label }: Labelled): string {
  const text = (label ?? '').trim();
  const inside = /^\w+\[(.*)\]$/s.exec(text)?.[1] ?? text;
  const object = OBJECT.exec(inside)?.[1];
  if (object) return object.toLowerCase();
  if (!URI.test(inside)) return inside === kind ? '' : unwrapped(inside);
  // The options of an endpoint are noise here; a question mark within its own text (SQL) is followed by no `name=`.
  const bare = inside.replace(/\?[\w.-]+=.*$/s, '');
  return bare.replace(/^([a-z][\w+.-]*):\/\//, '$1:');
}

/** `jsonpath{$.lines}` is said as `$.lines`. */
function unwrapped(text: string): string {
  return /^\w+\{(.*)\}$/s.exec(text)?.[1] ?? text;
}
