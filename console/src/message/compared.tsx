import { MessageChangesDocument, MessageDiffDocument, type MessageDiffQuery } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { short } from '../model/id';
import { ofChanges, ofLines, saidDifferently } from '../model/way';
import { Link } from '../parts/link';
import { Loaded } from '../parts/loaded';
import { At } from '../parts/time';
import { AttributeTable, SaidTable, WayTable } from './way-table';

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
          <Carried left={id} right={found.right.message.id} names={['This one', 'The success']} />
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
          <Carried left={original} right={id} names={['The original', 'This one']} />
          <Beside diff={found} left="The original" right="This one" />
        </>
      )}
    </Loaded>
  );
}

type CarriedProps = { left: string; right: string; names: [left: string, right: string] };

/** What both carried where it differs: a look at payloads, for who may have it. */
function Carried({ left, right, names }: CarriedProps) {
  const may = useMay();
  const isSeen = may('payload:read');
  const changes = useApi(MessageChangesDocument, { left, right }, { keep: false, enabled: isSeen });
  if (!isSeen) return null;
  return (
    <Loaded query={changes} what="what both carried">
      {({ messageChanges: found }) =>
        found.length === 0 ? (
          <p className="mp-quiet">No difference is known in what they carried.</p>
        ) : (
          <SaidTable
            label="What they carried"
            name="Carried"
            left={names[0]}
            right={names[1]}
            rows={ofChanges(found)}
          />
        )
      }
    </Loaded>
  );
}

type Props = { diff: MessageDiffQuery['messageDiff']; left: string; right: string };

/** Two messages: what their steps were answered, attributes that differ, and their ways. */
export function Beside({ diff, left, right }: Props) {
  const rows = ofLines(diff.lines);
  return (
    <>
      <SaidTable
        label="Steps that were answered otherwise"
        name="Answered"
        left={left}
        right={right}
        rows={saidDifferently(diff.lines)}
      />
      <AttributeTable attributes={diff.attributes} left={left} right={right} />
      {!rows.some((row) => row.differs) && <p className="mp-quiet">Both went the same way.</p>}
      <WayTable rows={rows} label="Steps of both" left={left} right={right} />
    </>
  );
}
