import { Button, EmptyState, EmptyStateBody, EmptyStateFooter, Spinner } from '@patternfly/react-core';
import BadIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useRouteError } from 'react-router';
import { Link } from '../parts/link';

export function NotFound() {
  return (
    <EmptyState icon={SearchIcon} titleText="There is no such page" headingLevel="h1">
      <EmptyStateBody>The address may be of another version, or mistyped.</EmptyStateBody>
      <EmptyStateFooter>
        <Link to="/">Go home</Link>
      </EmptyStateFooter>
    </EmptyState>
  );
}

/** A fault of ours, or a part of the console that cannot be had: the server is away, or was upgraded meanwhile. */
export function Failed() {
  const err = useRouteError();
  const text = err instanceof Error ? err.message : String(err);
  const isGone = /dynamically imported module|module script/i.test(text);
  return (
    <EmptyState
      icon={BadIcon}
      titleText={isGone ? 'This page could not be loaded' : 'This page failed'}
      headingLevel="h1"
    >
      <EmptyStateBody>
        {isGone ? 'The server does not answer, or it was upgraded meanwhile and has another console now.' : text}
      </EmptyStateBody>
      <EmptyStateFooter>
        <Button onClick={() => location.reload()}>Load again</Button>
      </EmptyStateFooter>
    </EmptyState>
  );
}

export function Loading() {
  return <Spinner aria-label="Loading" className="mp-loading" />;
}
