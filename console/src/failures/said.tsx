import { Alert, AlertActionCloseButton, AlertActionLink } from '@patternfly/react-core';
import { saysJustFailed, titleOf, told } from '../model/failure';
import { visible } from '../model/text';
import { Failed } from '../parts/failed';
import type { Changing } from './change';

/** What was done last, with the way back; or why it was not. */
export function Said({ changing }: { changing: Changing }) {
  const { done } = changing;
  const justFailed = done?.change.do === 'resolve' ? saysJustFailed(done.group, done.at) : undefined;
  return (
    <div aria-live="polite">
      <Failed error={changing.error} />
      {done && (
        <Alert
          isInline
          variant={justFailed ? 'warning' : 'success'}
          component="p"
          className="mp-after"
          title={`${visible(told(done.change, done.group.state))}: ${visible(titleOf(done.group))}`}
          actionClose={<AlertActionCloseButton onClose={changing.forget} />}
          {...(done.back
            ? {
                actionLinks: (
                  <AlertActionLink isAriaDisabled={changing.isBusy} onClick={changing.takeBack}>
                    Undo
                  </AlertActionLink>
                ),
              }
            : {})}
        >
          {justFailed}
        </Alert>
      )}
    </div>
  );
}
