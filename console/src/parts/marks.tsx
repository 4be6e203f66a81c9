import type { Range } from '../model/range';
import { visible } from '../model/text';
import { clock } from '../model/time';

export type Mark = { at: number; name: string };

export function within(marks: Mark[], range: Range): Mark[] {
  return marks.filter((mark) => mark.at >= range.from.getTime() && mark.at <= range.to.getTime());
}

/** Where something was deployed, across a chart. */
export function Marks({
  marks,
  range,
  size,
}: {
  marks: Mark[];
  range: Range;
  size: { width: number; height: number };
}) {
  const width = Math.max(1, range.to.getTime() - range.from.getTime());
  return within(marks, range).map((mark) => {
    const x = ((mark.at - range.from.getTime()) / width) * size.width;
    return (
      <line key={mark.at} x1={x} x2={x} y1={0} y2={size.height} className="mp-line mp-mark">
        <title>{`Deployed at ${clock(new Date(mark.at))}: ${visible(mark.name)}`}</title>
      </line>
    );
  });
}

export function said(marks: Mark[], range: Range): string {
  const { length } = within(marks, range);
  return length === 0 ? '' : `; ${length === 1 ? 'one deployment' : `${length} deployments`}`;
}
