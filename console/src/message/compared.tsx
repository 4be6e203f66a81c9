import { MessageDiffDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { title } from '../model/steps';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Link } from '../parts/link';
import { Loaded } from '../parts/loaded';
import { At } from '../parts/time';

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
          {found.attributes.length > 0 && (
            <table className="mp-steps">
              <thead>
                <tr>
                  <th scope="col">Attribute</th>
                  <th scope="col">This one</th>
                  <th scope="col">The success</th>
                </tr>
              </thead>
              <tbody>
                {found.attributes.map((one) => (
                  <tr key={one.name}>
                    <td>{visible(one.name)}</td>
                    <td>{visible(one.left ?? 'none')}</td>
                    <td>{visible(one.right ?? 'none')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <table className="mp-steps">
            <thead>
              <tr>
                <th scope="col">Step</th>
                <th scope="col">This one</th>
                <th scope="col">The success</th>
              </tr>
            </thead>
            <tbody>
              {found.lines.map((line, at) => {
                const step = line.left ?? line.right;
                if (!step) return null;
                const look =
                  line.side === 'left' ? 'mp-diff-left' : line.side === 'right' ? 'mp-diff-right' : undefined;
                return (
                  <tr key={at} className={look}>
                    <td>{visible(title(step))}</td>
                    <td>
                      {line.left ? (line.left.failed ? 'failed' : duration(line.left.durationUs)) : 'not reached'}
                    </td>
                    <td>{line.right ? duration(line.right.durationUs) : 'not reached'}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </>
      )}
    </Loaded>
  );
}
