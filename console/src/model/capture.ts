// What is recorded of messages, as a form has it and as the API takes it. What a form leaves empty is not said: a wider
// layer, or the default, then holds.

export const CAPTURE_LEVELS = [
  ['bodies', 'Bodies, headers and times'],
  ['headers', 'Headers and times'],
  ['timings', 'Times only'],
  ['off', 'Counts only'],
] as const;

export type Attribute = { name: string; from: 'header' | 'jsonPath'; of: string };

export type Form = {
  /** Empty: as the wider layer says. */
  level: string;
  samplePercent: string;
  payloadBytes: string;
  retentionDays: string;
  indexWords: '' | 'yes' | 'no';
  headers: string;
  json: string;
  xml: string;
  patterns: string;
  attributes: Attribute[];
  /** Keys that this form does not know are kept as they are. */
  others: Record<string, unknown>;
};

const EMPTY: Form = {
  level: '',
  samplePercent: '',
  payloadBytes: '',
  retentionDays: '',
  indexWords: '',
  headers: '',
  json: '',
  xml: '',
  patterns: '',
  attributes: [],
  others: {},
};

type Settings = {
  level?: string;
  samplePercent?: number;
  payloadBytes?: number;
  retentionDays?: number;
  indexWords?: boolean;
  redact?: Partial<Record<'headers' | 'json' | 'xml' | 'patterns', string[]>>;
  attributes?: Record<string, { header?: string; jsonPath?: string; jsonpath?: string }>;
};

const number = (value: number | undefined) => (value === undefined ? '' : String(value));
const block = (values: string[] | undefined) => (values ?? []).join('\n');

export function toForm(settings: string): Form {
  const {
    level,
    samplePercent,
    payloadBytes,
    retentionDays,
    indexWords,
    redact = {},
    attributes = {},
    ...others
  } = (JSON.parse(settings || '{}') ?? {}) as Settings & Record<string, unknown>;
  return {
    ...EMPTY,
    level: level ?? '',
    samplePercent: number(samplePercent),
    payloadBytes: number(payloadBytes),
    retentionDays: number(retentionDays),
    indexWords: indexWords === undefined ? '' : indexWords ? 'yes' : 'no',
    headers: block(redact.headers),
    json: block(redact.json),
    xml: block(redact.xml),
    patterns: block(redact.patterns),
    attributes: Object.entries(attributes).map(([name, from]) =>
      from.header === undefined
        ? { name, from: 'jsonPath', of: from.jsonPath ?? from.jsonpath ?? '' }
        : { name, from: 'header', of: from.header },
    ),
    others,
  };
}

const rows = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/** The JSON of a form; keys in one order, so that equal forms are equal texts. */
export function toSettings(form: Form): string {
  const settings: Settings & Record<string, unknown> = { ...form.others };
  if (form.level) settings.level = form.level;
  if (form.samplePercent.trim()) settings.samplePercent = Number(form.samplePercent);
  if (form.payloadBytes.trim()) settings.payloadBytes = Number(form.payloadBytes);
  if (form.retentionDays.trim()) settings.retentionDays = Number(form.retentionDays);
  if (form.indexWords) settings.indexWords = form.indexWords === 'yes';
  const redact: Settings['redact'] = {};
  for (const key of ['headers', 'json', 'xml', 'patterns'] as const) {
    const all = rows(form[key]);
    if (all.length > 0) redact[key] = all;
  }
  if (Object.keys(redact).length > 0) settings.redact = redact;
  const named = form.attributes.filter((one) => one.name.trim() && one.of.trim());
  if (named.length > 0) {
    settings.attributes = Object.fromEntries(
      named.map((one) => [
        one.name.trim(),
        one.from === 'header' ? { header: one.of.trim() } : { jsonPath: one.of.trim() },
      ]),
    );
  }
  return JSON.stringify(settings);
}

export type Complaints = Partial<Record<'samplePercent' | 'payloadBytes' | 'retentionDays' | 'attributes', string>>;

/** What the server would refuse, said beside the field. The server decides in any case. */
export function complaints(form: Form): Complaints {
  const out: Complaints = {};
  const whole = (text: string, least: number, most: number) =>
    !text.trim() || (/^\d+$/.test(text.trim()) && Number(text) >= least && Number(text) <= most);
  const percent = Number(form.samplePercent);
  if (form.samplePercent.trim() && !(percent >= 0 && percent <= 100)) out.samplePercent = 'Between 0 and 100';
  if (!whole(form.payloadBytes, 0, 65_536)) out.payloadBytes = 'A whole number, at most 65,536';
  if (!whole(form.retentionDays, 1, 1_095)) out.retentionDays = 'A whole number from 1 to 1,095';
  if (form.attributes.some((one) => one.name.trim() && !/^[\w.-]{1,64}$/.test(one.name.trim())))
    out.attributes = 'A name has letters, digits, _, - and ., at most 64';
  return out;
}

/** More of them are in the form. */
const MOST_NAMED = 6;

function listed(rules: string[]): string {
  const more = rules.length - MOST_NAMED;
  return [...rules.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** Whether a layer says nothing and is open for no while, as one that was removed: the wider one holds, or the default. */
export function isNothing({ settings, windowLevel }: { settings: string; windowLevel?: string | null }): boolean {
  return !windowLevel && Object.keys(JSON.parse(settings || '{}') ?? {}).length === 0;
}

/** What a layer says, for a table: a few words instead of JSON. */
export function summary(settings: string): string[] {
  const form = toForm(settings);
  const level = CAPTURE_LEVELS.find(([key]) => key === form.level)?.[1];
  const rules = [form.headers, form.json, form.xml, form.patterns].flatMap(rows);
  const out = [
    level,
    form.samplePercent && `${form.samplePercent} % of what went well`,
    form.payloadBytes && `bodies up to ${form.payloadBytes} bytes`,
    form.retentionDays && `kept ${form.retentionDays} days`,
    form.indexWords && (form.indexWords === 'yes' ? 'words can be searched' : 'words cannot be searched'),
    rules.length > 0 && `also hides ${listed(rules)}`,
    form.attributes.length > 0 && `attributes ${form.attributes.map((one) => one.name).join(', ')}`,
  ];
  return out.filter((one): one is string => Boolean(one));
}
