import { Button, type ButtonProps } from '@patternfly/react-core';
import type { Ref } from 'react';

type Props = Omit<ButtonProps, 'isAriaDisabled' | 'isLoading' | 'ref'> & {
  /** It was pressed, or something else is being done: it waits. */
  isBusy: boolean;
  /** Whether it turns a wheel while it waits; where several wait for one, only that does. */
  spins?: boolean;
  ref?: Ref<HTMLButtonElement>;
};

/** A button that asks the server. While it waits nobody can press it again, but it keeps the focus: a disabled one loses it. */
export function Act({ isBusy, isDisabled = false, spins = isBusy, ...others }: Props) {
  return <Button {...others} isLoading={spins} isAriaDisabled={isBusy} isDisabled={isDisabled && !isBusy} />;
}
