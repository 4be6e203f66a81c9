// The words of an exception that matter. Camel wraps what happened: `Multicast processing failed for number 0. Exchange[..].
// Caused by: [java.lang.IllegalArgumentException - no price for sku]`.

const CAUSED = /Caused by: \[[\w.$]+ - ([\s\S]*)\]\s*$/;

/** The first line of the innermost cause; the text itself when it names none. */
export function essence(error: string): string {
  const inner = CAUSED.exec(error)?.[1];
  return inner === undefined ? (error.split('\n', 1)[0] ?? '') : essence(inner);
}
