import './bulk.css';
import { type Progress, parts, WORDS } from '../model/bulk';
import { plural } from '../model/plural';
import { count } from '../model/time';

/** Every message as a part of one bar; the words below it say the same. */
export function ProgressBar({ of, brief = false }: { of: Progress; brief?: boolean }) {
  const all = parts(of);
  const said = all.map((one) => `${count(one.count)} ${WORDS[one.is]}`).join(', ');
  return (
    <>
      <div className="mp-progress" role="img" aria-label={`${plural(of.total, 'message')}: ${said}`}>
        {all.map((one) => (
          <span key={one.is} className={`mp-part-${one.is}`} style={{ flexGrow: one.count }} title={WORDS[one.is]} />
        ))}
      </div>
      {!brief && (
        <ul className="mp-keys">
          {all.map((one) => (
            <li key={one.is}>
              <span className={`mp-key mp-part-${one.is}`} aria-hidden="true" />
              {count(one.count)} {WORDS[one.is]}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
