// Text of strangers, inert and bounded: as it is, and as a difference of two.

import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { difference } from '../model/diff';
import { cut, visible } from '../model/text';

/** Lines that fit on a few screens; the rest is behind a button. */
const SHOWN = 400;

export function Text({ children }: { children: string }) {
  const [all, setAll] = useState(false);
  const lines = children.split('\n').map((line) => cut(line));
  const shown = all ? lines : lines.slice(0, SHOWN);
  const more = lines.reduce((sum, line) => sum + line.more, 0);
  return (
    <>
      {/* A scrolling region is reached by keyboard. */}
      <pre className="mp-body-text" tabIndex={0}>
        {shown.map((line) => visible(line.text)).join('\n')}
      </pre>
      {more > 0 && <p className="mp-quiet">{more} characters of very long lines are left out.</p>}
      {shown.length < lines.length && (
        <Button variant="link" isInline onClick={() => setAll(true)}>
          All {lines.length} lines
        </Button>
      )}
    </>
  );
}

const MARKS = { left: '- ', right: '+ ', both: '  ' } as const;
const LOOKS = { left: 'mp-log-line mp-diff-left', right: 'mp-log-line mp-diff-right', both: 'mp-log-line' } as const;

/** What the right has that the left has not, and the other way round; equal lines far from any change are folded. */
export function Difference({ left, right, near = 3 }: { left: string[]; right: string[]; near?: number }) {
  const [all, setAll] = useState(false);
  const { lines, isCut } = difference(left, right);
  const shown = lines.map(
    (_, at) => all || lines.slice(Math.max(0, at - near), at + near + 1).some((line) => line.is !== 'both'),
  );
  const folded = shown.filter((is) => !is).length;
  return (
    <>
      <pre className="mp-body-text" tabIndex={0}>
        {lines.map((line, at) => {
          if (!shown[at]) {
            const isFirst = at === 0 || shown[at - 1];
            return isFirst ? (
              <span key={at} className="mp-log-line mp-quiet">
                {'  ...\n'}
              </span>
            ) : null;
          }
          return (
            <span key={at} className={LOOKS[line.is]}>
              {MARKS[line.is]}
              {visible(cut(line.text).text)}
              {'\n'}
            </span>
          );
        })}
      </pre>
      {folded > 0 && (
        <Button variant="link" isInline onClick={() => setAll(true)}>
          Show {folded} equal lines too
        </Button>
      )}
      {isCut && <p className="mp-quiet">Too long to compare as a whole; the beginnings are compared.</p>}
    </>
  );
}
