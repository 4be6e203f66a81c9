import { memo, useState } from 'react';
import { type Entry, folded, hits, shortLogger } from '../model/log';
import { plural } from '../model/plural';
import { cut, visible } from '../model/text';
import { clock } from '../model/time';

type Props<Line extends Entry> = {
  line: Line;
  names: boolean;
  grep: string;
  /** What a click on its time does. The same function for every line, or each is painted anew. */
  pick?: (line: Line) => void;
  /** Its stack was opened; the same function for every line as well. */
  opened?: () => void;
};

/** The first lines of a stack, the rest behind a button; all of it where what is looked for is further down. */
function Stack({ stack, grep, opened }: { stack: string; grep: string; opened: (() => void) | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const { first, rest, more } = folded(stack);
  const isSought = grep !== '' && rest.toLowerCase().includes(grep.toLowerCase());
  return (
    <>
      {`\n${visible(first)}`}
      {(isOpen || isSought) && rest && `\n${visible(rest)}`}
      {more > 0 && !isSought && (
        <>
          {'\n    '}
          <button
            type="button"
            className="mp-step"
            aria-expanded={isOpen}
            onClick={() => {
              setOpen(!isOpen);
              if (!isOpen) opened?.();
            }}
          >
            {isOpen ? 'Fewer lines' : plural(more, 'more line')}
          </button>
        </>
      )}
    </>
  );
}

function Shown<Line extends Entry>({ line, names, grep, pick, opened }: Props<Line>) {
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
      {line.stack && <Stack stack={line.stack} grep={grep} opened={opened} />}
      {'\n'}
    </span>
  );
}

export const LogLine = memo(Shown) as typeof Shown;
