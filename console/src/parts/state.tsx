import { Label } from '@patternfly/react-core';
import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import BadIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import BusyIcon from '@patternfly/react-icons/dist/esm/icons/in-progress-icon';
import HeldIcon from '@patternfly/react-icons/dist/esm/icons/pause-circle-icon';
import QuietIcon from '@patternfly/react-icons/dist/esm/icons/stop-circle-icon';
import { spoken, type Tone, tone } from '../model/state';

const LOOK: Record<Tone, { color: 'green' | 'red' | 'blue' | 'orange' | 'grey'; icon: React.ReactNode }> = {
  good: { color: 'green', icon: <CheckIcon /> },
  bad: { color: 'red', icon: <BadIcon /> },
  busy: { color: 'blue', icon: <BusyIcon /> },
  held: { color: 'orange', icon: <HeldIcon /> },
  quiet: { color: 'grey', icon: <QuietIcon /> },
};

/** A state as word, colour and sign; none of them alone. `as` where the word means something of its own. */
export function State({ state, as = tone(state) }: { state: string; as?: Tone | undefined }) {
  const { color, icon } = LOOK[as];
  return (
    <Label color={color} icon={icon} isCompact data-state={state}>
      {spoken(state)}
    </Label>
  );
}
