import { Alert, AlertActionCloseButton, AlertActionLink } from '@patternfly/react-core';
import { told } from '../model/failure';
import { essence } from '../model/fault';
import { visible } from '../model/text';
import { Failed } from '../parts/failed';
import type { Changing } from './change';

/** What was done last, with the way back; or why it was not. */
export function Said({ changing }: { changing: Changing }) {
  const { done } = changing;
  return (
    <div aria-live="polite">
      <Failed error={changing.error} />
      {done && (
        <Alert
          isInline
          variant="success"
          component="p"
          className="mp-after"
          title={`${visible(told(done.change))}: ${visible(essence(done.group.error)) || done.group.errorClass}`}
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
        />
      )}
    </div>
  );
}
