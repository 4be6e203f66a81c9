// Where Ctrl-K may lead, for what was typed so far.

export type Place = {
  key: string;
  name: string;
  about: string;
  path: string;
  parameters?: Record<string, string>;
  /** Other words that it is found by. */
  words?: string;
  /** Where it is: a console that shows another environment goes to this one, and one that shows all stays so. */
  environment?: string;
};

/** The list shows eight of them and scrolls. */
const MOST = 16;

/** Of the place that searches messages. */
export const SEARCH = 'messages';

/** `rollback` finds `Roll back orders`: nobody is to know where a name has its spaces. */
const plain = (text: string) => text.toLowerCase().replace(/\s+/g, '');

/** Places whose names begin with it, a search of messages for it, then the places that hold it. */
export function matches(places: Place[], typed: string): Place[] {
  const text = plain(typed);
  if (!text) return places.slice(0, MOST);
  const begin = places.filter((place) => plain(place.name).startsWith(text));
  const hold = places.filter(
    (place) => !begin.includes(place) && plain(`${place.name} ${place.words ?? ''}`).includes(text),
  );
  const search = {
    key: SEARCH,
    name: `Search messages for ${typed.trim()}`,
    about: 'An order number or another attribute, an id, a breadcrumb or a trace',
    path: '/messages',
    parameters: { q: typed.trim() },
  };
  return [...begin.slice(0, MOST / 2), search, ...hold].slice(0, MOST);
}

/** The parameters of its address, for a console that shows this environment, or all. */
export function parametersOf({ parameters, environment }: Place, shown: string | null): Record<string, string> {
  return { ...parameters, ...(environment && shown && shown !== environment ? { env: environment } : {}) };
}
