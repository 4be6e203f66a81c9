import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { request } from '../api/client';
import { MessageStepsDocument, type StepFragment } from '../api/generated';

/** The steps that came with the message, and more of them when somebody asks. */
export function useAllSteps(id: string, first: StepFragment[], total: number) {
  const rest = useInfiniteQuery({
    queryKey: ['MessageSteps', id],
    queryFn: ({ pageParam, signal }) => request(MessageStepsDocument, { id, skip: pageParam }, signal),
    initialPageParam: first.length,
    getNextPageParam: (last, pages) => {
      const read = first.length + pages.reduce((sum, page) => sum + page.messageSteps.length, 0);
      return last.messageSteps.length > 0 && read < total ? read : null;
    },
    enabled: false,
  });
  const steps = useMemo(
    () => [...first, ...(rest.data?.pages ?? []).flatMap((page) => page.messageSteps)],
    [first, rest.data],
  );
  const more =
    steps.length < total && !rest.isFetching
      ? () => void (rest.data ? rest.fetchNextPage() : rest.refetch())
      : undefined;
  return { steps, more };
}
