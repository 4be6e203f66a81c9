import { MessageLogDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { cut, visible } from '../model/text';
import { clock } from '../model/time';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';

type Props = { of: { id: string; integration: string; startedAt: string; durationUs?: number | null } };

/** A little before it began until a little after it ended. */
const AROUND_MS = 5_000;

function around({ startedAt, durationUs }: Props['of']): string {
  const at = Date.parse(startedAt);
  const end = at + (durationUs ?? 0) / 1000 + AROUND_MS;
  return `${new Date(at - AROUND_MS).toISOString()}..${new Date(end).toISOString()}`;
}

/** What was logged while the message was worked on. */
export function MessageLog({ of }: Props) {
  const log = useApi(MessageLogDocument, { id: of.id }, { keep: false });
  return (
    <Loaded query={log} what="its log">
      {({ messageLog: all }) =>
        all.length === 0 ? (
          <Empty title="No line is known to be of this message">
            A line of another thread may not say which message it is of. Look around {clock(new Date(of.startedAt))} in{' '}
            <Link to="/logs" parameters={{ integration: of.integration, range: around(of) }}>
              the log of {of.integration}
            </Link>
            .
          </Empty>
        ) : (
          <pre className="mp-log" tabIndex={0}>
            {all.map((line, at) => (
              <span key={at} className="mp-log-line">
                {clock(new Date(line.at), true)}{' '}
                <span className={`mp-level-${line.level.toUpperCase()}`}>{line.level.toUpperCase()}</span>{' '}
                {visible(cut(line.text).text)}
                {line.stack && `\n${visible(line.stack)}`}
                {'\n'}
              </span>
            ))}
          </pre>
        )
      }
    </Loaded>
  );
}
