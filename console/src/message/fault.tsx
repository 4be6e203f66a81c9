import { Alert, ExpandableSection } from '@patternfly/react-core';
import type { MessageQuery } from '../api/generated';
import { essence } from '../model/fault';
import { visible } from '../model/text';
import { Link } from '../parts/link';

/** What went wrong, what it usually means, and what to do next: the first thing that is read. */
export function Fault({ detail }: { detail: MessageQuery['message'] }) {
  const row = detail.message;
  if (!row.error && !row.errorClass) {
    return detail.claimedStart ? <Skewed claimed={detail.claimedStart} /> : null;
  }
  const cause = detail.likelyCause;
  const isHandled = row.outcome === 'handled';
  const text = visible(essence(row.error ?? ''));
  return (
    <>
      {detail.claimedStart && <Skewed claimed={detail.claimedStart} />}
      <Alert
        isInline
        className="mp-fault"
        variant={isHandled ? 'warning' : 'danger'}
        title={text || (row.errorClass ?? '')}
        component="h2"
      >
        <p>
          <code>{row.errorClass}</code>
          {detail.outerClass && (
            <>
              {', inside of '}
              <code>{detail.outerClass}</code>
            </>
          )}
          {row.node && (
            <>
              {' '}
              at <code>{row.node}</code>
            </>
          )}
          {isHandled && '. The route dealt with it: the message did not count as failed.'}
        </p>
        {cause && (
          <dl className="mp-cause">
            <dt>Likely</dt>
            <dd>{visible(cause.likely)}</dd>
            <dt>Look at</dt>
            <dd>{visible(cause.look)}</dd>
            <dt>Next</dt>
            <dd>
              {cause.next.startsWith('midplane message diff') ? (
                <Link to={`/messages/${encodeURIComponent(row.id)}`} parameters={{ tab: 'compared' }}>
                  compare it with the last success
                </Link>
              ) : (
                <code>{visible(cause.next)}</code>
              )}
            </dd>
          </dl>
        )}
        {row.fingerprint && (
          <p>
            <Link to="/messages" parameters={{ q: `fingerprint:${row.fingerprint} integration:${row.integration}` }}>
              Other messages that failed like this
            </Link>
          </p>
        )}
        {detail.stack && (
          <ExpandableSection toggleTextCollapsed="Stack trace" toggleTextExpanded="Hide the stack trace">
            <pre className="mp-log" tabIndex={0}>
              {visible(detail.stack)}
            </pre>
          </ExpandableSection>
        )}
      </Alert>
    </>
  );
}

function Skewed({ claimed }: { claimed: string }) {
  return (
    <Alert
      isInline
      isPlain
      variant="info"
      component="p"
      title={`The workload's clock said ${claimed}; the message is shown under the time it was received.`}
    />
  );
}
