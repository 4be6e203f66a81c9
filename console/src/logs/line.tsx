import { memo } from 'react';
import { type Entry, hits, shortLogger } from '../model/log';
import { cut, visible } from '../model/text';
import { clock } from '../model/time';

type Props<Line extends Entry> = {
  line: Line;
  names: boolean;
  grep: string;
  /** What a click on its time does. The same function for every line, or each is painted anew. */
  pick?: (line: Line) => void;
};

function Shown<Line extends Entry>({ line, names, grep, pick }: Props<Line>) {
  const level = line.level.toUpperCase();
  const date = new Date(line.time);
  return (
    <span className="mp-log-line">
      {Number.isNaN(date.getTime()) ? (
        ''
      ) : pick ? (
        <button type="button" className="mp-step" title="Show what is around it" onClick={() => pick(line)}>
          {clock(date, true)}
        </button>
      ) : (
        clock(date, true)
      )}{' '}
      <span className={`mp-level-${level}`}>{level.padEnd(5)}</span> {names && <strong>{line.integration} </strong>}
      {line.logger && (
        <span className="mp-quiet" title={visible(`${line.logger} [${line.thread}]`)}>
          {visible(shortLogger(line.logger))}{' '}
        </span>
      )}
      {hits(visible(cut(line.message).text), grep).map((part, at) =>
        part.isHit ? (
          <mark key={at} className="mp-hit">
            {part.text}
          </mark>
        ) : (
          part.text
        ),
      )}
      {line.stack && `\n${visible(line.stack)}`}
      {'\n'}
    </span>
  );
}

export const LogLine = memo(Shown) as typeof Shown;
