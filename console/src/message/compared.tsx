import { MessageDiffDocument, type MessageDiffQuery } from '../api/generated';
import { useApi } from '../api/hooks';
import { short } from '../model/id';
import { ofLines } from '../model/way';
import { Link } from '../parts/link';
import { Loaded } from '../parts/loaded';
import { At } from '../parts/time';
import { AttributeTable, WayTable } from './way-table';

/** This message beside the last one of its route that went well. */
export function Compared({ id }: { id: string }) {
  const diff = useApi(MessageDiffDocument, { left: id, right: null }, { keep: false });
  return (
    <Loaded query={diff} what="the last success">
      {({ messageDiff: found }) => (
        <>
          <p>
            The last success of its route:{' '}
            <Link to={`/messages/${found.right.message.id}`}>{found.right.message.short}</Link>,{' '}
            <At at={found.right.message.startedAt} />
          </p>
          <Beside diff={found} left="This one" right="The success" />
        </>
      )}
    </Loaded>
  );
}

/** A replay beside what it repeats. */
export function ComparedWithOriginal({ id, original }: { id: string; original: string }) {
  const diff = useApi(MessageDiffDocument, { left: original, right: id }, { keep: false });
  return (
    <Loaded query={diff} what="the original">
      {({ messageDiff: found }) => (
        <>
          <p>
            It repeats <Link to={`/messages/${original}`}>{short(original)}</Link>.
          </p>
          <Beside diff={found} left="The original" right="This one" />
        </>
      )}
    </Loaded>
  );
}

type Props = { diff: MessageDiffQuery['messageDiff']; left: string; right: string };

/** Two messages: attributes that differ, and their ways. */
export function Beside({ diff, left, right }: Props) {
  const rows = ofLines(diff.lines);
  return (
    <>
      <AttributeTable attributes={diff.attributes} left={left} right={right} />
      {!rows.some((row) => row.differs) && <p className="mp-quiet">Both went the same way.</p>}
      <WayTable rows={rows} label="Steps of both" left={left} right={right} />
    </>
  );
}
