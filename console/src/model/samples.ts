// Messages that lie beside the routes, to be sent as they are: the files of `samples/` in the release that runs.

export type Sample = { path: string; name: string; text: string };

const FOLDER = 'samples/';

export function samples(files: { path: string; text?: string | null }[]): Sample[] {
  return files
    .filter((file) => file.path.startsWith(FOLDER) && typeof file.text === 'string')
    .map((file) => ({ path: file.path, name: file.path.slice(FOLDER.length), text: file.text ?? '' }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

const TYPES: [end: RegExp, type: string][] = [
  [/\.json$/i, 'application/json'],
  [/\.xml$/i, 'application/xml'],
  [/\.csv$/i, 'text/csv'],
];

/** What the name of a sample says it is. */
export function typeOf(name: string): string | undefined {
  return TYPES.find(([end]) => end.test(name))?.[1];
}
