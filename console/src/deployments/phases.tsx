import { ProgressStep, ProgressStepper } from '@patternfly/react-core';
import BusyIcon from '@patternfly/react-icons/dist/esm/icons/in-progress-icon';
import type { DeploymentFragment } from '../api/generated';
import { DONE_PHASES, phaseTone, spoken } from '../model/state';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { At } from '../parts/time';

/** How a deployment got where it is: each phase with its time, its reason, and the end of the log of a start that failed. */
export function Phases({ deployment }: { deployment: DeploymentFragment }) {
  const begun = Date.parse(deployment.createdAt);
  const last = deployment.phases.length - 1;
  return (
    <>
      <ProgressStepper isVertical aria-label={`Phases of ${deployment.integration}`}>
        {deployment.phases.map((phase, at) => {
          const isCurrent = at === last && !DONE_PHASES.includes(phase.phase);
          const variant = phaseTone(phase.phase) === 'bad' ? 'danger' : isCurrent ? 'info' : 'success';
          return (
            <ProgressStep
              key={`${phase.phase}-${phase.at}`}
              id={`${deployment.id}-${at}`}
              titleId={`${deployment.id}-${at}-title`}
              variant={variant}
              isCurrent={isCurrent}
              {...(isCurrent ? { icon: <BusyIcon /> } : {})}
              aria-label={`${spoken(phase.phase)}, ${variant === 'danger' ? 'failed' : isCurrent ? 'going on' : 'done'}`}
              description={
                <>
                  after {duration(Math.max(0, Date.parse(phase.at) - begun) * 1000)} (<At at={phase.at} ms />)
                  {phase.reason && (
                    <div className="mp-why">
                      {visible(phase.reason)} {phase.code && <span className="mp-code">{phase.code}</span>}
                    </div>
                  )}
                </>
              }
            >
              {spoken(phase.phase)}
            </ProgressStep>
          );
        })}
      </ProgressStepper>
      {deployment.phases
        .filter((phase) => phase.log.length > 0)
        .map((phase) => (
          <div key={`log-${phase.at}`}>
            <h3 className="mp-h">The last lines of the start</h3>
            {/* A scrolling region is reached by keyboard. */}
            <pre className="mp-log" tabIndex={0}>
              {phase.log.map(visible).join('\n')}
            </pre>
          </div>
        ))}
    </>
  );
}
