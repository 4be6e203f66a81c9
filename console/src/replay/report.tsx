// What a dry run found: its verdict, every send that was kept back, its way beside the original's, its answer.

import { Alert } from '@patternfly/react-core';
import { type ReactNode, useEffect, useRef } from 'react';
import type { DryRunFragment } from '../api/generated';
import { WayTable } from '../message/way-table';
import { editedAs } from '../model/content';
import { type Numbers, numberOf } from '../model/numbers';
import { asked, isReal, leftSaid, sandbox, stubFate, stubName, unmadeNames, verdict, waySaid } from '../model/report';
import type { Tone } from '../model/state';
import type { Step } from '../model/steps';
import { pretty, visible } from '../model/text';
import { bytes } from '../model/time';
import { ofDryRun } from '../model/way';
import { isFocusLost } from '../parts/focus';
import { Text } from '../parts/text';

const VARIANTS: Record<Tone, 'success' | 'danger' | 'warning' | 'info'> = {
  good: 'success',
  bad: 'danger',
  held: 'warning',
  busy: 'info',
  quiet: 'info',
};

type Props = {
  report: DryRunFragment;
  numbers: Numbers;
  /** The original's; none of a new message. */
  steps?: Step[];
  /** What was tried is not what stands above any more. */
  isOld: boolean;
  /** What can be chosen where it stopped. */
  children?: ReactNode;
};

export function ReportView({ report, numbers, steps, isOld, children }: Props) {
  const { tone, text } = verdict(report, numbers);
  const way = steps && waySaid(report, numbers);
  const unmade = report.outcome === 'completed' && !report.stoppedAt ? namesOf(report, numbers, !!steps) : '';
  const rows = steps && !report.stoppedAt ? ofDryRun(steps, report.steps) : undefined;
  const place = useRef<HTMLElement>(null);
  const first = useRef<HTMLDivElement>(null);
  // Whoever asked for it sees what it found, wherever they were; the answer that was chosen for its sake is gone.
  // biome-ignore lint/correctness/useExhaustiveDependencies: every report is another one
  useEffect(() => {
    first.current?.scrollIntoView({ block: 'nearest' });
    if (isFocusLost()) place.current?.focus({ preventScroll: true });
  }, [report]);
  return (
    <section
      ref={place}
      tabIndex={-1}
      aria-label="Dry run"
      aria-live="polite"
      className={isOld ? 'mp-stack mp-result mp-old' : 'mp-stack mp-result'}
    >
      {isOld && <p className="mp-quiet">You changed it since: this is what the message before would have done.</p>}
      <div ref={first} className="mp-stack mp-first">
        <Alert isInline variant={VARIANTS[tone]} component="p" title={visible(text)}>
          {report.stoppedAt && <p className="mp-break">{visible(asked(report, steps ?? []) ?? '')}</p>}
          {unmade && <p className="mp-break">Not made: {visible(unmade)}.</p>}
          {!report.stoppedAt && report.error && (
            <p>
              <code>{report.errorClass}</code> {visible(report.error)}
            </p>
          )}
          <p>
            {leftSaid(report.stubs)} {sandbox(report)} {way}
          </p>
        </Alert>
        {report.weaker && <Alert isInline isPlain variant="warning" component="p" title={visible(report.weaker)} />}
        {children}
      </div>
      <Stubs report={report} numbers={steps && numbers} />
      {rows?.some((row) => row.differs) && (
        <div>
          <h3 className="mp-h">Beside the original</h3>
          <WayTable
            rows={rows}
            left="The original"
            right="The dry run"
            label="Steps of the original and of the dry run"
          />
        </div>
      )}
      {!report.stoppedAt && report.reply && (
        <div>
          <h3 className="mp-h">It would answer</h3>
          <Text>{pretty(report.reply, editedAs(report.reply, undefined))}</Text>
        </div>
      )}
    </section>
  );
}

/** As many as are read in one line; the table below has all of them. */
const NAMED = 4;

function namesOf(report: DryRunFragment, numbers: Numbers, hasSteps: boolean): string {
  const names = unmadeNames(report.stubs, numbers, hasSteps);
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}

/** Without `numbers` there is no original whose steps they could stand for. */
function Stubs({ report, numbers }: { report: DryRunFragment; numbers: Numbers | undefined }) {
  if (report.stubs.length === 0) return <p className="mp-quiet">Nothing was to be sent.</p>;
  return (
    <div>
      <h3 className="mp-h">What it would have sent</h3>
      <table className="mp-steps mp-stubs" aria-label="What it would have sent">
        <thead>
          <tr>
            {numbers && <th scope="col">Step</th>}
            <th scope="col">What</th>
            <th scope="col">Size</th>
            <th scope="col">What became of it</th>
          </tr>
        </thead>
        <tbody>
          {report.stubs.map((stub, at) => (
            <tr key={at}>
              {numbers && (
                <td className="mp-nowrap">
                  {stub.step ? numberOf(numbers, stub.step) : <span className="mp-quiet">new</span>}
                </td>
              )}
              <td className="mp-break" title={visible(stub.uri)}>
                {visible(stubName(stub))}
              </td>
              <td className="mp-nowrap">{bytes(stub.bytes)}</td>
              <td className={stub.answered ? (isReal(stub) ? 'mp-really' : undefined) : 'mp-bad'}>
                {visible(stubFate(stub))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
