// Where Ctrl-K may lead, for what was typed so far.

export type Place = { key: string; name: string; about: string; path: string; parameters?: Record<string, string> };

/** As many as a glance takes in. */
const MOST = 9;

/** `rollback` finds `Roll back orders`: nobody is to know where a name has its spaces. */
const plain = (text: string) => text.toLowerCase().replace(/\s+/g, '');

/** Places whose names begin with it, then those that hold it; then a search of messages for it. */
export function matches(places: Place[], typed: string): Place[] {
  const text = plain(typed);
  if (!text) return places.slice(0, MOST);
  const begin = places.filter((place) => plain(place.name).startsWith(text));
  const hold = places.filter((place) => !begin.includes(place) && plain(place.name).includes(text));
  const found = [...begin, ...hold].slice(0, MOST - 1);
  return [
    ...found,
    {
      key: 'messages',
      name: `Messages: ${typed.trim()}`,
      about: 'By id, exchange, breadcrumb, trace or attribute',
      path: '/messages',
      parameters: { q: typed.trim() },
    },
  ];
}
