// What a release changes against another: readable before it is deployed, and afterwards.

import { ReleaseFilesDocument, type ReleaseFragment } from '../api/generated';
import { useApi } from '../api/hooks';
import { changedFacts, changedFiles } from '../model/files';
import { plural } from '../model/plural';
import { visible } from '../model/text';
import { Loaded } from '../parts/loaded';
import { Release } from '../parts/release';
import { Difference } from '../parts/text';

type Props = { from: ReleaseFragment; to: ReleaseFragment };

/** A file that is all new is seldom read to its end here. */
const WHAT = { added: 'new', removed: 'removed', changed: 'changed' } as const;

export function Changes({ from, to }: Props) {
  const left = useApi(ReleaseFilesDocument, { id: from.id });
  const right = useApi(ReleaseFilesDocument, { id: to.id });
  if (from.id === to.id) return <p className="mp-quiet">It is the same release: nothing changes.</p>;
  return (
    <section aria-label="What it changes" className="mp-changes">
      <p>
        From <Release release={from} /> to <Release release={to} />
      </p>
      <Loaded query={left} what="the release before">
        {({ releaseFiles: before }) => (
          <Loaded query={right} what="the release">
            {({ releaseFiles: after }) => {
              const files = changedFiles(before, after);
              const facts = changedFacts(from, to);
              return (
                <>
                  {facts.length > 0 && (
                    <ul>
                      {facts.map((one) => (
                        <li key={one}>{visible(one)}</li>
                      ))}
                    </ul>
                  )}
                  {files.length === 0 && <p className="mp-quiet">The files are the same.</p>}
                  {files.map((file) => (
                    <div key={file.path}>
                      <h4 className="mp-h">
                        <code>{visible(file.path)}</code> {WHAT[file.is]}
                        {file.count && (
                          <span className="mp-quiet">
                            , {plural(file.count.added, 'line')} more, {file.count.removed} less
                          </span>
                        )}
                      </h4>
                      {file.count ? (
                        <Difference left={file.left} right={file.right} />
                      ) : (
                        <p className="mp-quiet">It is no text, or too long to be shown.</p>
                      )}
                    </div>
                  ))}
                </>
              );
            }}
          </Loaded>
        )}
      </Loaded>
    </section>
  );
}
