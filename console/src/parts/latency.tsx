import { line, type Point } from '../model/chart';
import type { Range } from '../model/range';
import { clock, duration } from '../model/time';
import { said as deployed, type Mark, Marks } from './marks';

const SIZE = { width: 600, height: 120 };

type Props = { points: Point[]; range: Range; marks: Mark[] };

/** Median and 95 % of how long messages took, with a mark where something was deployed. */
export function Latency({ points, range, marks }: Props) {
  const slow = line(points, range.from, range.to, (sum) => sum.p95Us);
  const half = line(points, range.from, range.to, (sum) =>
    sum.p50Us === null || sum.p50Us === undefined ? undefined : sum.p50Us,
  );
  const scaled = (path: string, top: number) =>
    path.replace(
      /([\d.]+),([\d.]+)/g,
      (_, x, y) => `${Number(x) * SIZE.width},${SIZE.height - (1 - Number(y)) * (top / slow.top) * SIZE.height * 0.95}`,
    );
  const said = `95 % within at most ${duration(slow.top)}, half within at most ${duration(half.top)}`;
  return (
    <figure className="mp-chart">
      <div className="mp-quiet mp-chart-top" aria-hidden>
        {points.length > 0 && duration(slow.top)}
      </div>
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} preserveAspectRatio="none" role="img" aria-label={said}>
        <Marks marks={marks} range={range} size={SIZE} />
        <path d={scaled(slow.path, slow.top)} className="mp-line mp-line-slow" />
        <path d={scaled(half.path, half.top)} className="mp-line mp-line-half" />
      </svg>
      <figcaption className="mp-quiet">
        <span>{clock(range.from)}</span>
        <span>
          {points.length === 0 ? 'nothing in this time' : said}
          {deployed(marks, range)}
        </span>
        <span>{clock(range.to)}</span>
      </figcaption>
    </figure>
  );
}
