// Counts over time as stacked bars, in plain SVG: completed, handled, failed. The table below it says the same to whoever
// does not see it.

import { bars, type Point, saysMessages, saysPasses } from '../model/chart';
import type { Range } from '../model/range';
import { clock, count } from '../model/time';
import { said as deployed, type Mark, Marks } from './marks';

const SIZE = { width: 600, height: 120 };

type Props = {
  points: Point[];
  range: Range;
  stepS: number;
  marks?: Mark[];
  /** It is of many routes: a bar counts a message in each that it passes, and these are the messages, each once. */
  messages?: { count: number; failed: number; handled: number };
  /** What a click on a bar does with its time; the top bar does the same for a keyboard. */
  narrow?: (range: string) => void;
};

export function Chart({ points, range, stepS, marks = [], messages, narrow }: Props) {
  const { bars: all, top } = bars(points, range.from, range.to, stepS);
  const wide = SIZE.width / Math.max(1, all.length);
  const said = messages ? saysMessages(messages) : saysPasses(all);
  const most = `at most ${count(top)} in ${stepS < 60 ? `${stepS} s` : `${stepS / 60} min`}`;
  return (
    <figure className="mp-chart">
      <div className="mp-quiet mp-chart-top" aria-hidden>
        {count(top)}
      </div>
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} preserveAspectRatio="none" role="img" aria-label={said}>
        {all.map((bar, at) => {
          const part = (share: number) => share * SIZE.height;
          const rects = [
            ['mp-bar-good', part(bar.good), part(bar.mid + bar.bad)],
            ['mp-bar-held', part(bar.mid), part(bar.bad)],
            ['mp-bar-bad', part(bar.bad), 0],
          ] as const;
          return (
            <g
              key={bar.at}
              {...(narrow
                ? {
                    className: 'mp-bar-picks',
                    onClick: () =>
                      narrow(`${new Date(bar.at).toISOString()}..${new Date(bar.at + stepS * 1000).toISOString()}`),
                  }
                : {})}
            >
              <title>{`${clock(new Date(bar.at))}: ${saysPasses([bar])}`}</title>
              <rect x={at * wide} y={0} width={wide} height={SIZE.height} className="mp-bar-space" />
              {rects.map(([name, height, below]) =>
                height > 0 ? (
                  <rect
                    key={name}
                    className={name}
                    x={at * wide + wide * 0.1}
                    width={wide * 0.8}
                    y={SIZE.height - below - Math.max(height, 1.5)}
                    height={Math.max(height, 1.5)}
                  />
                ) : null,
              )}
            </g>
          );
        })}
        <Marks marks={marks} range={range} size={SIZE} />
      </svg>
      <figcaption className="mp-quiet">
        <span>{clock(range.from)}</span>
        <span>
          {said}; {messages ? `a bar counts a message in every route that it passes, ${most}` : most}
          {deployed(marks, range)}
        </span>
        <span>{clock(range.to)}</span>
      </figcaption>
    </figure>
  );
}
