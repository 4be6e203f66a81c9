// Actions as the command line says them: what `Copy as midplane command` puts on the clipboard.

/** One word of a shell, quoted when it is not plain. */
export function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function midplane(...words: (string | false | null | undefined)[]): string {
  return ['midplane', ...words.filter((one): one is string => Boolean(one)).map(word)].join(' ');
}
