import { MessageLogDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { cut, visible } from '../model/text';
import { clock } from '../model/time';
import { Empty, Loaded } from '../parts/loaded';

/** What was logged while the message was worked on. */
export function MessageLog({ id }: { id: string }) {
  const log = useApi(MessageLogDocument, { id }, { keep: false });
  return (
    <Loaded query={log} what="its log">
      {({ messageLog: all }) =>
        all.length === 0 ? (
          <Empty title="Nothing was logged">The route wrote no line while it worked on this message.</Empty>
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
