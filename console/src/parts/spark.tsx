import { count } from '../model/time';

const SIZE = { width: 96, height: 22 };

/** Counts over time as small bars, the oldest left. Words say what matters of it. */
export function Spark({ counts, what, isWide = false }: { counts: number[]; what: string; isWide?: boolean }) {
  const top = Math.max(1, ...counts);
  const wide = SIZE.width / Math.max(1, counts.length);
  const said = `${what}: ${counts.map(count).join(', ')}`;
  return (
    <svg
      className="mp-spark"
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      role="img"
      aria-label={said}
      {...(isWide ? { preserveAspectRatio: 'none' } : {})}
    >
      <title>{`at most ${count(top)} at a time; now ${count(counts.at(-1) ?? 0)}`}</title>
      {counts.map((one, at) =>
        one > 0 ? (
          <rect
            key={at}
            className="mp-bar-bad"
            x={at * wide}
            width={Math.max(1, wide - 1)}
            y={SIZE.height - Math.max(1.5, (one / top) * SIZE.height)}
            height={Math.max(1.5, (one / top) * SIZE.height)}
          />
        ) : null,
      )}
      <line x1={0} x2={SIZE.width} y1={SIZE.height} y2={SIZE.height} className="mp-spark-floor" />
    </svg>
  );
}
