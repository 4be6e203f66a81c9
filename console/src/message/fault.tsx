import { Alert, Button, ExpandableSection } from '@patternfly/react-core';
import type { MessageQuery } from '../api/generated';
import { nodeId, type Shape } from '../model/diagram/tree';
import { essence, ledTo, mention, withHead } from '../model/fault';
import { nextStep } from '../model/next-step';
import { type Numbers, numberOf } from '../model/numbers';
import { type Step, title } from '../model/steps';
import { shortened, visible } from '../model/text';
import { CopyCommand } from '../parts/command';
import { Copy } from '../parts/copy';
import { Link } from '../parts/link';

type Props = {
  detail: MessageQuery['message'];
  /** A replay of it went well: it is told, and asks for nothing. */
  isRepaired: boolean;
  /** As the table below has them, with its numbers. */
  steps: Step[];
  numbers: Numbers;
  shapes: Shape[];
  /** Chooses a step and goes to it. */
  seek: (sequence: number) => void;
};

/** What went wrong, what it usually means, and what to do next: the first thing that is read. */
export function Fault({ detail, isRepaired, steps, numbers, shapes, seek }: Props) {
  const row = detail.message;
  if (!row.error && !row.errorClass) {
    return detail.claimedStart ? <Skewed claimed={detail.claimedStart} /> : null;
  }
  const cause = detail.likelyCause;
  const isHandled = row.outcome === 'handled';
  const text = visible(essence(row.error ?? ''));
  const failed = steps.find((step) => step.sequence === detail.failedStep);
  const led = ledTo(steps, detail.failedStep ?? undefined);
  const stack = detail.stack && withHead(detail.stack, row.errorClass, essence(row.error ?? ''));
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
        {led && (
          <p>
            <Button variant="link" isInline onClick={() => seek(led.step)}>
              Step {numberOf(numbers, led.step)} {visible(led.name)} {led.what}
            </Button>
          </p>
        )}
        <p>
          <code>{row.errorClass}</code>
          {detail.outerClass && (
            <>
              {', inside of '}
              <code>{detail.outerClass}</code>
            </>
          )}
          {failed ? (
            <At step={failed} of={row} numbers={numbers} shapes={shapes} seek={seek} />
          ) : (
            row.node && (
              <>
                {' at '}
                <code>{row.node}</code>
              </>
            )
          )}
          {isHandled && '. The route dealt with it: the message did not count as failed.'}
        </p>
        {cause && (
          <dl className="mp-cause">
            <dt>Likely</dt>
            <dd>{visible(cause.likely)}</dd>
            <dt>Look at</dt>
            <dd>
              <Look text={cause.look} node={row.node} go={failed && (() => seek(failed.sequence))} />
            </dd>
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
        {stack && (
          <ExpandableSection toggleTextCollapsed="Stack trace" toggleTextExpanded="Hide the stack trace">
            <pre className="mp-log" tabIndex={0}>
              {visible(stack)}
            </pre>
            <Copy name="Copy the stack trace" text={() => stack} isInline />
          </ExpandableSection>
        )}
      </Alert>
    </>
  );
}

type AtProps = {
  step: Step;
  of: { integration: string; route: string };
  numbers: Numbers;
  shapes: Shape[];
  seek: (sequence: number) => void;
};

/** The step that failed as the table names it, and where it is written. */
function At({ step, of, numbers, shapes, seek }: AtProps) {
  const route = step.route ?? of.route;
  const line = shapes.find((shape) => shape.name === route)?.nodes.find((node) => node.node === step.node)?.line ?? 0;
  return (
    <>
      {' at '}
      <Button variant="link" isInline onClick={() => seek(step.sequence)}>
        step {numberOf(numbers, step.sequence)} {visible(shortened(title(step), NAMED))}
      </Button>
      {line > 0 && (
        <>
          {' ('}
          <Link
            to={`/integrations/${encodeURIComponent(of.integration)}`}
            parameters={{ tab: 'source', node: nodeId(route, step.node) }}
          >
            line {line} of its source
          </Link>
          )
        </>
      )}
    </>
  );
}

/** Enough to know a step again; a statement of SQL is read in the table. */
const NAMED = 60;

/** Where it names the step that failed, that leads to it. */
function Look({ text, node, go }: { text: string; node: string | null | undefined; go: (() => void) | undefined }) {
  const parts = go && mention(text, node);
  if (!parts) return <>{visible(text)}</>;
  return (
    <>
      {visible(parts[0])}
      <Button variant="link" isInline onClick={go}>
        {visible(parts[1])}
      </Button>
      {visible(parts[2])}
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
