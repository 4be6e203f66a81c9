import type { ApiError } from '../api/client';

/** A new message is stored within seconds, or it never will be shown here. */
const STORED_WITHIN_MS = 20_000;

/** How a message that was just made is asked for: until it is stored the server knows no such message. */
export const untilStored = {
  retry: (times: number, err: ApiError) => err.kind === 'not_found' && times * 1_000 < STORED_WITHIN_MS,
  retryDelay: 1_000,
  staleTime: Number.POSITIVE_INFINITY,
};
