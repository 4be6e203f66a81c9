import { memo } from 'react';
import { type Entry, hits, shortLogger } from '../model/log';
import { cut, visible } from '../model/text';
import { clock } from '../model/time';

type Props = { line: Entry; names: boolean; grep: string };

export const LogLine = memo(function LogLine({ line, names, grep }: Props) {
  const level = line.level.toUpperCase();
  const date = new Date(line.time);
  return (
    <span className="mp-log-line">
      {Number.isNaN(date.getTime()) ? '' : `${clock(date, true)} `}
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
});
