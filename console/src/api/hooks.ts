// Reading, following and changing, as React needs it. A screen's list is a query; its subscription only says when to read
// again, so that what is shown always came from one read.

import { keepPreviousData, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { questionOf, type Range } from '../model/range';
import { type ApiError, asApiError, isWorthAnotherTry, request } from './client';
import type { TypedDocumentString } from './generated';
import { ViewerDocument } from './generated';
import { type Connection, connection, type Listener, onConnection, subscribe } from './live';

type Options = {
  enabled?: boolean;
  refreshMs?: number;
  keep?: boolean;
  /** It may not be stored yet: its absence is believed after a moment. */
  isNew?: boolean;
  /** The time range whose instants are among the variables: as it moves on, it is the same question. */
  follows?: Range;
};

/** The first words of an operation name its noun: `query Integrations(...)`; everything of a noun is read again together. */
export function nameOf(document: { toString(): string }): string {
  return /(?:query|mutation|subscription)\s+(\w+)/.exec(document.toString())?.[1] ?? '';
}

export function useApi<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  { enabled = true, refreshMs, keep = true, isNew = false, follows }: Options = {},
): UseQueryResult<Result, ApiError> {
  const query = useQuery<Result, ApiError>({
    queryKey: [nameOf(document), variables],
    queryFn: async ({ signal }) => {
      try {
        return await request(document, variables, signal);
      } catch (err) {
        if (err instanceof DOMException) throw err;
        throw asApiError(err);
      }
    },
    enabled,
    ...(refreshMs ? { refetchInterval: refreshMs } : {}),
    ...(keep ? { placeholderData: keepPreviousData } : {}),
    ...(isNew ? COMES : {}),
  });
  return useLastAnswer(query, follows && questionOf(variables, follows));
}

/** A message takes a second or two from its runtime to the store. */
const COMES = {
  retry: (times: number, err: ApiError) => times < 6 && (err.kind === 'not_found' || isWorthAnotherTry(err)),
  retryDelay: 500,
};

/**
 * While the server is away, the time of a live range goes on, and each move is another query that never had an answer: what was
 * answered last to the same question stays, beside the error.
 */
function useLastAnswer<Result>(query: UseQueryResult<Result, ApiError>, question: string | undefined) {
  const last = useRef<{ to: string | undefined; data: Result }>(undefined);
  if (query.data !== undefined && !query.isPlaceholderData) last.current = { to: question, data: query.data };
  if (question === undefined || query.data !== undefined || last.current?.to !== question) return query;
  if (!isWorthAnotherTry(query.error)) return query;
  return { ...query, data: last.current.data } as UseQueryResult<Result, ApiError>;
}

/** Changes something and reads again what it may have changed. */
export function useChange<Result, Variables>(document: TypedDocumentString<Result, Variables>, ...again: string[]) {
  const queries = useQueryClient();
  return useMutation<Result, ApiError, Variables>({
    mutationFn: (variables) => request(document, variables),
    onSettled: () => {
      for (const name of again) void queries.invalidateQueries({ queryKey: [name] });
    },
  });
}

export function useLive<Result, Variables extends Record<string, unknown>>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  listener: Listener<Result>,
  enabled = true,
): void {
  const latest = useRef(listener);
  latest.current = listener;
  const key = JSON.stringify(variables);
  useEffect(() => {
    if (!enabled) return;
    return subscribe(document, JSON.parse(key) as Variables, {
      next: (result) => latest.current.next(result),
      refused: (err) => latest.current.refused?.(err),
      back: () => latest.current.back?.(),
      ended: () => latest.current.ended?.(),
    });
  }, [document, key, enabled]);
}

/** Often enough to look alive, seldom enough to be cheap when a hundred things change at once. */
const AGAIN_MS = 400;

/** Reads `names` again, soon, whenever the subscription yields. */
export function useReadAgainOn<Result, Variables extends Record<string, unknown>>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  names: string[],
  enabled = true,
): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const again = () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      for (const name of names) void queries.invalidateQueries({ queryKey: [name] });
    }, AGAIN_MS);
  };
  useLive(document, variables, { next: again, back: again }, enabled);
  useEffect(() => () => clearTimeout(timer.current), []);
}

export function useConnection(): Connection {
  return useSyncExternalStore(onConnection, connection);
}

export function useViewer() {
  return useApi(ViewerDocument, {}, { keep: false });
}

/** Whether to offer something; the server decides in any case. */
export function useMay(): (permission: string) => boolean {
  const viewer = useViewer();
  const held = viewer.data?.viewer.permissions;
  return (permission) => held?.includes(permission) ?? false;
}
