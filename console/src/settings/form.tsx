// What the forms of the settings have alike: a button that gives way to a form, the form with its two ways out, a field of it.

import {
  ActionGroup,
  Button,
  Form,
  FormGroup,
  FormHelperText,
  GridItem,
  HelperText,
  HelperTextItem,
} from '@patternfly/react-core';
import { type ReactNode, useEffect, useRef } from 'react';
import type { ApiError } from '../api/client';
import { Act } from '../parts/act';
import { Failed } from '../parts/failed';
import { useReturn } from '../parts/focus';

type OpensProps = { name: string; isOpen: boolean; open: () => void; children: ReactNode };

/** `children` is the form. Its first field has the focus when somebody opens it, not when the address does. */
export function Opens({ name, isOpen, open, children }: OpensProps) {
  const back = useReturn(isOpen);
  const place = useRef<HTMLDivElement>(null);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (isOpen && !wasOpen.current) place.current?.querySelector<HTMLElement>('input:enabled, select:enabled')?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  if (isOpen) return <div ref={place}>{children}</div>;
  return (
    <Button ref={back} variant="secondary" className="mp-after" onClick={open}>
      {name}
    </Button>
  );
}

type Props = {
  label: string;
  submit: () => void;
  submitName: string;
  /** Something that it needs is missing or wrong. */
  isDisabled: boolean;
  isBusy: boolean;
  close: () => void;
  closeName?: string;
  /** Beside the buttons. */
  actions?: ReactNode;
  error: ApiError | null;
  children: ReactNode;
  /** What came of it. */
  after?: ReactNode;
};

export function SettingsForm(props: Props) {
  const {
    label,
    submit,
    submitName,
    isDisabled,
    isBusy,
    close,
    closeName = 'Cancel',
    actions,
    error,
    children,
    after,
  } = props;
  return (
    <section className="mp-summary" aria-label={label}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) submit();
        }}
      >
        {children}
        <ActionGroup>
          <Act type="submit" isDisabled={isDisabled} isBusy={isBusy}>
            {submitName}
          </Act>
          <Button variant="link" onClick={close}>
            {closeName}
          </Button>
          {actions}
        </ActionGroup>
        <Failed error={error} />
        {after}
      </Form>
    </section>
  );
}

type FieldProps = { name: string; id: string; help?: string; wrong?: string | undefined; children: ReactNode };

export function Field({ name, id, help, wrong, children }: FieldProps) {
  return (
    <GridItem>
      <FormGroup label={name} fieldId={id}>
        {children}
        {(wrong ?? help) && (
          <FormHelperText>
            <HelperText>
              <HelperTextItem variant={wrong ? 'error' : 'default'}>{wrong ?? help}</HelperTextItem>
            </HelperText>
          </FormHelperText>
        )}
      </FormGroup>
    </GridItem>
  );
}
