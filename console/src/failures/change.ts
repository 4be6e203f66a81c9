// Changes of a group of failures, and the way back from the last one.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApiError, request } from '../api/client';
import {
  AssignFailureGroupDocument,
  type FailureGroupFragment,
  MuteFailureGroupDocument,
  NoteFailureGroupDocument,
  ReopenFailureGroupDocument,
  ResolveFailureGroupDocument,
} from '../api/generated';
import { type Change, undo } from '../model/failure';

async function send(id: string, change: Change): Promise<void> {
  switch (change.do) {
    case 'resolve':
      await request(ResolveFailureGroupDocument, { id, note: null });
      return;
    case 'mute':
      await request(MuteFailureGroupDocument, { id, until: change.until, note: null });
      return;
    case 'reopen':
      await request(ReopenFailureGroupDocument, { id });
      return;
    case 'assign':
      await request(AssignFailureGroupDocument, { id, to: change.to });
      return;
    case 'note':
      await request(NoteFailureGroupDocument, { id, note: change.note });
      return;
  }
}

/** What was done last and when, as far as somebody may want to take it back; `group` as it was before. */
export type Done = { group: FailureGroupFragment; change: Change; at: number; back: Change | undefined };

export type Changing = {
  make: (group: FailureGroupFragment, change: Change, then?: () => void) => void;
  takeBack: () => void;
  /** Nobody needs the way back any more. */
  forget: () => void;
  done: Done | undefined;
  error: ApiError | null;
  isBusy: boolean;
};

export function useChanging(): Changing {
  const queries = useQueryClient();
  const [done, setDone] = useState<Done>();
  const run = useMutation<void, ApiError, { id: string; change: Change }>({
    mutationFn: ({ id, change }) => send(id, change),
    onSettled: () =>
      Promise.all(['FailureGroups', 'FailureGroup'].map((name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
  return {
    make: (group, change, then) =>
      run.mutate(
        { id: group.id, change },
        {
          onSuccess: () => {
            setDone({ group, change, at: Date.now(), back: undo(group, change) });
            then?.();
          },
        },
      ),
    takeBack: () => {
      if (done?.back) run.mutate({ id: done.group.id, change: done.back }, { onSuccess: () => setDone(undefined) });
    },
    forget: () => setDone(undefined),
    done,
    error: run.error,
    isBusy: run.isPending,
  };
}
