import { useEffect, useRef } from 'react';
import type { LineNote } from '../model/source';
import { cut, visible } from '../model/text';
import { count, duration } from '../model/time';

type Props = {
  text: string;
  notes: ReadonlyMap<number, LineNote>;
  problems: ReadonlyMap<number, string[]>;
  /** The box that is looked at. */
  current: string | undefined;
  pick: (box: string) => void;
};

/** Text with a margin: what went through each line that is a node. Such a line is a button. */
export function Code({ text, notes, problems, current, pick }: Props) {
  const here = useRef<HTMLTableRowElement>(null);
  const frame = useRef<HTMLElement>(null);
  const first = useRef<HTMLTableRowElement>(null);
  const begins = Math.min(...notes.keys());
  // Begins where the first route does: what stands before it is seldom what somebody looks for.
  useEffect(() => {
    if (current) here.current?.scrollIntoView({ block: 'nearest' });
    else if (Number.isFinite(begins) && frame.current && first.current)
      frame.current.scrollTop = Math.max(0, first.current.offsetTop - 60);
  }, [current, begins]);
  const lines = text.replace(/\n$/, '').split('\n');
  return (
    <section ref={frame} className="mp-code-frame" tabIndex={0} aria-label="File">
      <table className="mp-source-code">
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Messages</th>
            <th scope="col">Failed</th>
            <th scope="col">Mean</th>
            <th scope="col">Text</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, at) => {
            const note = notes.get(at + 1);
            const isHere = note !== undefined && current !== undefined && note.boxes.includes(current);
            const wrong = problems.get(at + 1);
            const shown = visible(cut(line).text) || ' ';
            const [box] = note?.boxes ?? [];
            return (
              <tr
                key={at}
                ref={isHere ? here : at + 1 === begins ? first : null}
                className={isHere ? 'mp-here' : undefined}
              >
                <td className="mp-quiet">{at + 1}</td>
                <td>{note && note.count > 0 ? count(note.count) : ''}</td>
                <td className="mp-bad">{note && note.failed > 0 ? count(note.failed) : ''}</td>
                <td>{note && note.count > 0 ? duration(note.meanUs) : ''}</td>
                <td>
                  {box === undefined ? (
                    shown
                  ) : (
                    <button
                      type="button"
                      className="mp-step"
                      aria-pressed={isHere}
                      title="Show it in the diagram"
                      onClick={() => pick(box)}
                    >
                      {shown}
                    </button>
                  )}
                  {wrong?.map((one) => (
                    <div key={one} className="mp-bad mp-why">
                      {visible(one)}
                    </div>
                  ))}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
