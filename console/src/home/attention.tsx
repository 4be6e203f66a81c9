import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import type { Attention } from '../model/attention';
import { visible } from '../model/text';
import { Link } from '../parts/link';
import { Empty } from '../parts/loaded';
import { State } from '../parts/state';

export function AttentionList({ attention, isRead }: { attention: Attention[]; isRead: boolean }) {
  if (attention.length === 0) {
    if (!isRead) return null;
    return (
      <Empty title="Nothing needs you" icon={CheckIcon}>
        Failed deployments, lost runtimes, refused commits and failing messages would be listed here.
      </Empty>
    );
  }
  return (
    <ul className="mp-attention">
      {attention.map((one) => (
        <li key={one.key}>
          <State state={one.state} />
          <div className="mp-grow">
            <Link to={one.path} {...(one.parameters ? { parameters: one.parameters } : {})}>
              {visible(one.what)}
            </Link>
            <div className="mp-why">{visible(one.why)}</div>
            {one.next && (
              <div className="mp-quiet">
                Next: {one.nextPath ? <Link to={one.nextPath}>{visible(one.next)}</Link> : visible(one.next)}
              </div>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
