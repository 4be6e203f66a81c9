// The one way to the server: the public GraphQL API, by POST, with the browser's own cookie.

import type { TypedDocumentString } from './generated';

/** What the server said no to. `kind` decides what is shown, `code` has a page in docs/errors. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly kind: string,
    readonly code: string,
    readonly fields: string[] = [],
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

type Answer<T> = {
  data?: T | null;
  errors?: { message: string; extensions?: { code?: string; kind?: string; fields?: string[] } }[];
};

export async function request<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const answer = await post(JSON.stringify({ query: document.toString(), variables }), signal);
  let read: Answer<Result>;
  try {
    read = (await answer.json()) as Answer<Result>;
  } catch {
    throw new ApiError(`the server answered ${answer.status} without JSON`, 'unavailable', '');
  }
  const first = read.errors?.[0];
  if (first) {
    const { kind = 'internal', code = '', fields = [] } = first.extensions ?? {};
    throw new ApiError(first.message, kind, code, fields);
  }
  if (!read.data) throw new ApiError(`the server answered ${answer.status} without data`, 'internal', '');
  return read.data;
}

async function post(body: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      credentials: 'same-origin',
      body,
      signal: signal ?? null,
    });
  } catch (err) {
    if (err instanceof DOMException && err.name === 'AbortError') throw err;
    throw new ApiError('the server does not answer', 'unavailable', '');
  }
}

/** Of any thrown thing, as `ApiError`. */
export function asApiError(err: unknown): ApiError {
  return err instanceof ApiError ? err : new ApiError(err instanceof Error ? err.message : String(err), 'internal', '');
}

/** Trying again may help; asking the same of a server that said no does not. */
export function isWorthAnotherTry(err: unknown): boolean {
  return asApiError(err).kind === 'unavailable';
}
