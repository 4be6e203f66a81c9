import type { FailureGroupFragment } from '../api/generated';
import { isRepaired } from '../model/failure';
import { visible } from '../model/text';
import { State } from '../parts/state';
import { Ago } from '../parts/time';

/** The state of a group, and who made it so. */
export function Mark({ group }: { group: FailureGroupFragment }) {
  const { state, stateAt, stateBy, mutedUntil, resolvedOn, stillFailing } = group;
  return (
    <>
      <State state={state.toLowerCase()} />
      {stillFailing && (
        <div>
          <State state="still_failing" />
        </div>
      )}
      {isRepaired(group) && <div className="mp-quiet">all repaired</div>}
      {stateAt && (
        <div className="mp-quiet">
          {state === 'RETURNED' && 'resolved '}
          <Ago at={stateAt} />
          {stateBy && ` by ${visible(stateBy)}`}
          {resolvedOn && state !== 'OPEN' && state !== 'MUTED' && (
            <>
              {' '}
              on <code title={visible(`${resolvedOn.subject} (${resolvedOn.author})`)}>{resolvedOn.short}</code>
            </>
          )}
        </div>
      )}
      {state === 'MUTED' && (
        <div className="mp-quiet">
          {mutedUntil ? (
            <>
              ends <Ago at={mutedUntil} />
            </>
          ) : (
            'for good'
          )}
        </div>
      )}
    </>
  );
}
