import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import type { Attention } from '../model/attention';
import { visible } from '../model/text';
import { CopyCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Empty } from '../parts/loaded';
import { State } from '../parts/state';

type Props = {
  attention: Attention[];
  isRead: boolean;
  /** Alerts are shown above. */
  hasAlerts: boolean;
};

export function AttentionList({ attention, isRead, hasAlerts }: Props) {
  if (attention.length === 0) {
    if (!isRead) return null;
    return (
      <Empty title={hasAlerts ? 'Nothing besides the alerts above' : 'Nothing needs you'} icon={CheckIcon}>
        Failed deployments, lost runtimes, refused commits, stopped routes and failing messages would be listed here.
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
                Next:{' '}
                {one.nextPath ? (
                  <Link to={one.nextPath} {...(one.nextParameters ? { parameters: one.nextParameters } : {})}>
                    {visible(one.next)}
                  </Link>
                ) : (
                  visible(one.next)
                )}
                {one.command && <CopyCommand command={one.command} />}
              </div>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
