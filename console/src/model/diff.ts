// Lines that two texts share and do not share, in order (longest common subsequence).

export type DiffLine = { is: 'both' | 'left' | 'right'; text: string };

/** The table of the comparison grows with the product of both: a million cells take a few milliseconds. */
const MOST_LINES = 1_000;

export function difference(left: string[], right: string[]): { lines: DiffLine[]; isCut: boolean } {
  const isCut = left.length > MOST_LINES || right.length > MOST_LINES;
  const [a, b] = [left.slice(0, MOST_LINES), right.slice(0, MOST_LINES)];
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const skip = Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
      common[i * width + j] = a[i] === b[j] ? 1 + (common[(i + 1) * width + j + 1] ?? 0) : skip;
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [one, other] = [a[i], b[j]];
    if (one !== undefined && one === other) {
      lines.push({ is: 'both', text: one });
      i += 1;
      j += 1;
    } else if (
      one !== undefined &&
      (other === undefined || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      lines.push({ is: 'left', text: one });
      i += 1;
    } else if (other !== undefined) {
      lines.push({ is: 'right', text: other });
      j += 1;
    }
  }
  return { lines, isCut };
}
