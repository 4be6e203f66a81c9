import { visible } from '../model/text';

type Props = { release: { short: string; author: string; subject: string } | null | undefined; brief?: boolean };

/** `9ab1 new price rule` by Ana. */
export function Release({ release, brief = false }: Props) {
  if (!release) return <span className="mp-quiet">none yet</span>;
  return (
    <span className="mp-release" title={`${release.short} ${visible(release.subject)} (${visible(release.author)})`}>
      <code>{release.short}</code> {!brief && <span className="mp-subject">{visible(release.subject)}</span>}
    </span>
  );
}
