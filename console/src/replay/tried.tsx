// A message as it was tried: the dry run, what it found, and the way on from where it stopped. A replay and a send have it alike.

import { Alert } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiError } from '../api/client';
import type { DryRunFragment } from '../api/generated';
import { choose } from '../model/choice';
import type { Numbers } from '../model/numbers';
import { dryStamp, type Form, stamp } from '../model/replay';
import { wouldComplete } from '../model/report';
import type { Step } from '../model/steps';
import { ChooseReply } from './choices';
import { ReportView } from './report';

/** A report, and what it is about: without what stubs were answered, and with it. */
type Tried = { of: string; with: string; report: DryRunFragment };

export function useTried(ask: (of: Form) => Promise<DryRunFragment>) {
  const [last, setLast] = useState<Tried>();
  const dry = useMutation<DryRunFragment, ApiError, Form>({
    mutationFn: ask,
    onSuccess: (report, of) => setLast({ of: stamp(of), with: dryStamp(of), report }),
  });
  return {
    run: dry.mutate,
    /** Forgets why the last one was refused. */
    reset: dry.reset,
    isBusy: dry.isPending,
    error: dry.error,
    last,
    /** The stamp of what would complete: only that leads on to doing it for real. */
    whole: last && wouldComplete(last.report) ? last.of : undefined,
  };
}

type Props = {
  tried: ReturnType<typeof useTried>;
  form: Form;
  numbers: Numbers;
  /** The original's; none of a new message. */
  steps?: Step[];
  /** Tries again, with what was chosen. */
  again: (form: Form) => void;
};

export function Found({ tried: { last, isBusy }, form, numbers, steps, again }: Props) {
  if (!last) {
    return isBusy ? (
      <Alert
        isInline
        isPlain
        variant="info"
        component="p"
        title="A sandbox of the release is started; the first time this takes a moment."
      />
    ) : null;
  }
  const { report } = last;
  return (
    <ReportView report={report} numbers={numbers} {...(steps ? { steps } : {})} isOld={last.with !== dryStamp(form)}>
      {report.stoppedAt && (
        <ChooseReply
          key={`${report.stoppedAt}/${report.stoppedStep}`}
          stop={report}
          numbers={numbers}
          isBusy={isBusy}
          pick={(one) => again({ ...form, chosen: choose(form.chosen, one) })}
        />
      )}
    </ReportView>
  );
}
