// Rows of a search as a file: for a spreadsheet (CSV) or for a program (one JSON object a line).

/** What a spreadsheet would take for a formula begins like this; a value of a stranger must not be one. */
const FORMULA = /^[=+\-@\t\r]/;

export function cell(value: string): string {
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(head: string[], rows: string[][]): string {
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

export type Row = {
  id: string;
  startedAt: string;
  integration: string;
  environment: string;
  runtime: string;
  release: string;
  route: string;
  outcome: string;
  durationUs: number;
  steps: number;
  node?: string | null;
  errorClass?: string | null;
  error?: string | null;
  attributes: { name: string; value: string }[];
};

const FIELDS: [name: string, of: (row: Row) => string][] = [
  ['id', (row) => row.id],
  ['started', (row) => row.startedAt],
  ['environment', (row) => row.environment],
  ['integration', (row) => row.integration],
  ['route', (row) => row.route],
  ['runtime', (row) => row.runtime],
  ['release', (row) => row.release],
  ['outcome', (row) => row.outcome],
  ['duration_us', (row) => String(row.durationUs)],
  ['steps', (row) => String(row.steps)],
  ['failed_at', (row) => row.node ?? ''],
  ['error_class', (row) => row.errorClass ?? ''],
  ['error', (row) => row.error ?? ''],
];

/** Every attribute that any row has is a column behind the fields, in alphabetical order. */
export function messagesCsv(rows: Row[]): string {
  const names = [...new Set(rows.flatMap((row) => row.attributes.map((one) => one.name)))].sort();
  const value = (row: Row, name: string) => row.attributes.find((one) => one.name === name)?.value ?? '';
  return csv(
    [...FIELDS.map(([name]) => name), ...names],
    rows.map((row) => [...FIELDS.map(([, of]) => of(row)), ...names.map((name) => value(row, name))]),
  );
}

export function messagesJson(rows: Row[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** `messages-2026-11-27T03-04-05.csv`: sorts by time, and no file system minds it. */
export function fileName(what: string, now: Date, ending: string): string {
  const plain = what.replace(/[^\w.-]+/g, '-').slice(0, 60);
  return `${plain}-${now.toISOString().slice(0, 19).replaceAll(':', '-')}.${ending}`;
}
