import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type ApiError, asApiError, request } from '../api/client';
import { type MessageFragment, MessagesDocument } from '../api/generated';

const PAGE = 100;

export type Pages = {
  rows: MessageFragment[];
  columns: string[];
  notes: string[];
  error: ApiError | undefined;
  isReading: boolean;
  /** Every row that there is was read. */
  isWhole: boolean;
  /** Something was answered; no rows then means that there are none. */
  isDone: boolean;
  more: (() => void) | undefined;
  again: () => void;
};

/** A search read page by page, as far as somebody scrolled. */
export function usePages(query: string, enabled: boolean): Pages {
  const found = useInfiniteQuery({
    queryKey: ['Messages', query],
    queryFn: ({ pageParam, signal }) => request(MessagesDocument, { query, first: PAGE, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.messages.next ?? null,
    enabled,
    placeholderData: (before) => before,
  });
  const pages = found.data?.pages;
  // What was read stays when more of it, or a second look, cannot be had.
  const rows = useMemo(() => (pages ?? []).flatMap((page) => page.messages.nodes), [pages]);
  const first = pages?.[0]?.messages;
  // One that was refused is asked for again by somebody, not by the next look at the list.
  const canMore = found.hasNextPage && !found.isFetchingNextPage && !found.error;
  return {
    rows,
    columns: first?.columns ?? [],
    notes: first?.notes ?? [],
    error: found.error ? asApiError(found.error) : undefined,
    isReading: found.isFetching,
    isWhole: found.isSuccess && !found.isPlaceholderData && !found.hasNextPage,
    isDone: found.isFetched && !found.isFetching,
    more: canMore ? () => void found.fetchNextPage() : undefined,
    again: () => void found.refetch(),
  };
}
