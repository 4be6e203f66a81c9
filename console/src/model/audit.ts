// What an entry of the audit tells beside who, what and when: what it is about, and its detail, a line for each fact.

import { listed } from './id';
import { shortened } from './text';

/** More of one value belongs to the export, not on a screen. */
const MOST = 300;

/** Names of what has an id: integrations, environments, runtimes and others that are still there. */
export type Names = ReadonlyMap<string, string>;

type Entry = { targetKind: string; target: string; detail: string };

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Keys that say little to whoever did not write them. */
const KEYS: Record<string, string> = {
  source: 'content',
  asked: 'really asked',
  fills_in: 'masked values filled in',
  note: 'with a note',
};

/** What a replay was made of. */
const CONTENTS: Record<string, string> = {
  recorded: 'as recorded',
  original: 'as it was before it was masked',
  edited: 'changed by hand',
  given: 'written by hand',
};

/** Ids of what is known become its names; others stay as they are. */
export function named(text: string, names: Names): string {
  return text.replace(ID, (id) => names.get(id) ?? id);
}

/** What an entry is about in a few words, and the screen that shows it; without `to` where there is none. */
export type Target = { text: string; to?: string };

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** `orders / take`; where the entry itself says the name, what it is about may be gone. */
export function targetOf(entry: Entry, names: Names): Target {
  const { targetKind, target } = entry;
  const facts = read(entry.detail) ?? {};
  if (targetKind === 'failure_group')
    return {
      text: `${text(facts.integration)} / ${text(facts.route)} in ${text(facts.environment)}`,
      to: `/failures/${encodeURIComponent(target)}`,
    };
  if (targetKind === 'bulk_replay') return { text: listed(target), to: `/replays/${encodeURIComponent(target)}` };
  if (targetKind === 'message') return messageOf(target);
  if (targetKind === 'replay') {
    const original = text(facts.message) || text(facts.original);
    return original ? messageOf(original) : { text: listed(target) };
  }
  if (targetKind === 'route') return { text: named(target.replace('/', ' / '), names) };
  if (targetKind === 'capture') return { text: target.split('/').filter(Boolean).join(' / ') || 'everything' };
  const own = facts.name;
  return { text: typeof own === 'string' && !names.has(target) ? own : named(target, names) };
}

const messageOf = (id: string): Target => ({ text: listed(id), to: `/messages/${encodeURIComponent(id)}` });

/** Facts that what the entry is about says already. */
const SAID: Record<string, string[]> = {
  failure_group: ['integration', 'environment', 'route', 'fingerprint'],
  replay: ['message', 'original'],
};

/** The facts of a detail, in the order in which they were written. What is no object is shown as it is. */
export function entryLines(detail: string, names: Names = new Map(), kind = ''): [key: string, value: string][] {
  const facts = read(detail);
  if (!facts) return [['detail', shortened(detail, MOST)]];
  return Object.entries(facts)
    .filter(([key, value]) => !isNothing(value) && !SAID[kind]?.includes(key))
    .map(([key, value]) => [words(key), named(said(key, value), names)]);
}

const isNothing = (value: unknown) => value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Asked of many messages by one press, each with an entry of its own. */
const FOLDED = ['message.dry_run'];

/** Entries that follow one another, of one kind and by one actor, in one row; all others in a row each. */
export function folded<One extends { actor: string; action: string }>(entries: One[]): One[][] {
  const rows: One[][] = [];
  for (const entry of entries) {
    const last = rows.at(-1);
    const isMore = FOLDED.includes(entry.action) && last?.[0]?.action === entry.action && last[0].actor === entry.actor;
    if (isMore) last.push(entry);
    else rows.push([entry]);
  }
  return rows;
}

/** Whether a row holds every word that somebody looks for, wherever it stands. */
export function holds(row: string[], wanted: string): boolean {
  const text = row.join(' ').toLowerCase();
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function read(detail: string): Record<string, unknown> | undefined {
  try {
    const facts: unknown = JSON.parse(detail);
    if (Array.isArray(facts) || typeof facts !== 'object' || facts === null) return { detail: facts };
    return facts as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** `retentionDays` and `retention_days` -> `retention days` */
function words(key: string): string {
  const known = KEYS[key];
  if (known) return known;
  return key
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
}

function said(key: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return shortened((key === 'source' && CONTENTS[value]) || value, MOST);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return shortened(value.join(', '), MOST);
  return shortened(JSON.stringify(value), MOST);
}
