// Columns of the list of messages: which attributes, and how wide. Every row is a grid of its own, so the widths are said.

export type Cells = { attributes: { name: string; value: string }[] };

/** What the server proposes, then what most rows have. */
export function columnsOf(rows: Cells[], proposed: string[], most: number): string[] {
  if (proposed.length >= most) return proposed.slice(0, Math.max(most, 1));
  const counts = new Map<string, number>();
  for (const row of rows.slice(0, 200))
    for (const { name } of row.attributes) counts.set(name, (counts.get(name) ?? 0) + 1);
  const others = [...counts.entries()].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  return [...proposed, ...others.filter((name) => !proposed.includes(name))].slice(0, most);
}

/** As many characters as the longest of these texts has, within bounds. */
export function wide(texts: Iterable<string>, least: number, most: number): number {
  let longest = least;
  for (const text of texts) if (text.length > longest) longest = text.length;
  return Math.min(most, longest) + 1;
}
