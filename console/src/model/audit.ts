// What an entry of the audit tells beside who, what and when: its detail, a line for each fact.

/** More of one value belongs to the export, not on a screen. */
const MOST = 300;

/** The facts of a detail, in the order in which they were written. What is no object is shown as it is. */
export function entryLines(detail: string): [key: string, value: string][] {
  let read: unknown;
  try {
    read = JSON.parse(detail);
  } catch {
    return [['detail', detail.slice(0, MOST)]];
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return [['detail', said(read)]];
  return Object.entries(read)
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]) => [words(key), said(value)]);
}

/** `retentionDays` and `retention_days` -> `retention days` */
function words(key: string): string {
  return key
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
}

function said(value: unknown): string {
  const text =
    typeof value === 'string'
      ? value
      : Array.isArray(value) && value.every((one) => typeof one === 'string')
        ? value.join(', ')
        : JSON.stringify(value);
  return text.length > MOST ? `${text.slice(0, MOST)}...` : text;
}
