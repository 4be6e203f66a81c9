// A search that found nothing: why that may be, and what to try next.

import { Button } from '@patternfly/react-core';
import { useQueries } from '@tanstack/react-query';
import { request } from '../api/client';
import { CompleteQueryDocument } from '../api/generated';
import { nameOf } from '../api/hooks';
import { bareWords, inErrors, isOffered, keysOf } from '../model/query';
import { visible } from '../model/text';
import { Empty } from '../parts/loaded';

type Props = { query: string; submit: (query: string) => void };

export function Nothing({ query, submit }: Props) {
  const unknown = useUnknown(query);
  const hasWords = bareWords(query).length > 0;
  if (query === '')
    return (
      <Empty title="No messages in this time">
        Look further back with the time range at the top, or send something to one of the integrations.
      </Empty>
    );
  const actions = (
    <>
      {hasWords && (
        <Button variant="link" onClick={() => submit(inErrors(query))}>
          Search for <code>{visible(inErrors(query))}</code>
        </Button>
      )}
      <Button variant="link" onClick={() => submit('')}>
        Clear the search
      </Button>
    </>
  );
  return (
    <Empty title="No message matches" actions={actions}>
      {unknown.map((key) => (
        <p key={key}>
          <code>{visible(key)}</code> is no attribute of any message, and no field: these are <code>outcome</code>,{' '}
          <code>integration</code>, <code>route</code>, <code>error</code>, <code>dur</code> and others that are offered
          as you type.
        </p>
      ))}
      {hasWords && (
        <p>
          Words without a field are looked for in ids and in values of attributes. For the text of an error there is{' '}
          <code>error:&quot;no price&quot;</code>.
        </p>
      )}
      <p>Take a term away, or look further back with the time range at the top.</p>
    </Empty>
  );
}

/** Keys that are neither a field nor an attribute that any message had: what is offered for them does not hold them. */
function useUnknown(query: string): string[] {
  return useQueries({
    queries: keysOf(query).map((key) => ({
      queryKey: [nameOf(CompleteQueryDocument), { query: key }],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const { completeQuery } = await request(CompleteQueryDocument, { query: key, cursor: key.length }, signal);
        return isOffered(key, completeQuery.suggestions) ? undefined : key;
      },
    })),
    combine: (answers) => answers.flatMap((one) => one.data ?? []),
  });
}
