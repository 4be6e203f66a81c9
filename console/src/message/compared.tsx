import { MessageChangesDocument, MessageDiffDocument, type MessageDiffQuery } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { short } from '../model/id';
import { visible } from '../model/text';
import { ofChanges, ofLines, saidDifferently } from '../model/way';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { At } from '../parts/time';
import { CompareWith } from './compare-with';
import { AttributeTable, SaidTable, WayTable } from './way-table';

/** This message beside the last one of its route that went well, or beside another one that somebody named. */
export function Compared({ id, other }: { id: string; other: string | null }) {
  const diff = useApi(MessageDiffDocument, { left: id, right: other }, { keep: false });
  const name = other ? 'The other' : 'The success';
  if (diff.error?.kind === 'not_found') {
    return (
      <Empty title={other ? `There is no message ${short(other)}` : 'No message to compare with'}>
        <p>{visible(diff.error.message)}</p>
        <CompareWith key={other} other={other} />
      </Empty>
    );
  }
  return (
    <>
      {other && <CompareWith key={other} other={other} />}
      <Loaded query={diff} what={other ? 'the other message' : 'the last success'}>
        {({ messageDiff: found }) => (
          <>
            <p>
              {other ? 'Beside message' : 'The last success of its route:'}{' '}
              <Link to={`/messages/${found.right.message.id}`}>{found.right.message.short}</Link>,{' '}
              <At at={found.right.message.startedAt} />
            </p>
            <Carried left={id} right={found.right.message.id} names={['This one', name]} />
            <Beside diff={found} left="This one" right={name} />
          </>
        )}
      </Loaded>
    </>
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
