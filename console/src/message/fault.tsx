import { Alert, ExpandableSection } from '@patternfly/react-core';
import type { MessageQuery } from '../api/generated';
import { essence } from '../model/fault';
import { nextStep } from '../model/next-step';
import { visible } from '../model/text';
import { CopyCommand } from '../parts/command';
import { Link } from '../parts/link';

type Props = {
  detail: MessageQuery['message'];
  /** A replay of it went well: it is told, and asks for nothing. */
  isRepaired: boolean;
};

/** What went wrong, what it usually means, and what to do next: the first thing that is read. */
export function Fault({ detail, isRepaired }: Props) {
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
        variant={isRepaired ? 'info' : isHandled ? 'warning' : 'danger'}
        isPlain={isRepaired}
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
              <Next command={cause.next} of={row} />
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

function Next({ command, of }: { command: string; of: { id: string; integration: string } }) {
  const step = nextStep(command, of);
  if (step.is === 'place') {
    return (
      <Link to={step.path} parameters={step.parameters}>
        {step.name}
      </Link>
    );
  }
  return (
    <>
      <code>{visible(step.command)}</code> <CopyCommand command={step.command} />
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
