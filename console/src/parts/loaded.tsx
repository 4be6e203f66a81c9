// One query on a screen: being read, refused, failed, empty, or there.

import { Alert, Button, EmptyState, EmptyStateBody, EmptyStateFooter, Skeleton } from '@patternfly/react-core';
import LockIcon from '@patternfly/react-icons/dist/esm/icons/lock-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client';

type Props<Result> = {
  query: UseQueryResult<Result, ApiError>;
  /** What it is about, as in "what went wrong while reading ...". */
  what: string;
  lines?: number;
  children: (result: Result) => ReactNode;
};

export function Loaded<Result>({ query, what, lines = 4, children }: Props<Result>) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error && <Stale what={what} err={query.error} />}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <Refused err={query.error} what={what} again={() => void query.refetch()} />;
  return (
    <div aria-busy="true" className="mp-reading">
      {Array.from({ length: lines }, (_, at) => at).map((at) => (
        <Skeleton key={at} width={`${90 - ((at * 17) % 40)}%`} screenreaderText={at === 0 ? `reading ${what}` : ''} />
      ))}
    </div>
  );
}

type StaleProps = { what: string; err: ApiError; again?: () => void };

export function Stale({ what, err, again }: StaleProps) {
  return (
    <Alert
      isInline
      isPlain
      variant="warning"
      title={`What you see of ${what} may be old: ${err.message}`}
      component="p"
    >
      {again && (
        <Button variant="link" isInline onClick={again}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

export function Refused({ err, what, again }: { err: ApiError; what: string; again?: () => void }) {
  if (err.kind === 'forbidden') {
    return (
      <EmptyState icon={LockIcon} titleText={`You may not see ${what}`} headingLevel="h3" variant="sm">
        <EmptyStateBody>Ask an owner or administrator of the organization for it: {err.message}.</EmptyStateBody>
      </EmptyState>
    );
  }
  if (err.kind === 'not_found') {
    return (
      <EmptyState icon={SearchIcon} titleText={`There is no such thing`} headingLevel="h3" variant="sm">
        <EmptyStateBody>{err.message}</EmptyStateBody>
      </EmptyState>
    );
  }
  return (
    <Alert isInline variant="danger" title={`Could not read ${what}`} component="h3">
      <p>
        {err.message} {err.code && <span className="mp-code">{err.code}</span>}
      </p>
      {again && (
        <Button variant="link" isInline onClick={again}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

type EmptyProps = { title: string; icon?: React.ComponentType; children?: ReactNode; actions?: ReactNode };

/** Nothing is there yet: what it would be, and how to get it. */
export function Empty({ title, icon, children, actions }: EmptyProps) {
  return (
    <EmptyState {...(icon ? { icon } : {})} titleText={title} headingLevel="h3" variant="sm">
      {children && <EmptyStateBody>{children}</EmptyStateBody>}
      {actions && <EmptyStateFooter>{actions}</EmptyStateFooter>}
    </EmptyState>
  );
}
