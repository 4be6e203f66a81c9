// Addresses of endpoints as people write them. Camel keeps the text of SQL within one encoded and drops the slashes of HTTP, and what
// is too long was cut on the runtime, which says so in many words.

const CUT = /\.\.\. \(\d+ more characters\)$/;

/** `http:prices/TEA-10` as `http://prices/TEA-10`, `sql:UPDATE%20orders` as `sql:UPDATE orders`. */
export function readable(uri: string): string {
  return decoded(uri.replace(CUT, '…')).replace(/^(https?):(?!\/\/)/, '$1://');
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** An address with all its options is for a machine: `404 http://prices/TEA-10?a=b` without them. */
export const plainly = (text: string) => text.replace(/(\S+:\S+?)\?\S*/g, '$1');
