// All rows of a search as a file, read page by page. It can be left at any time; what it reads is bounded.

import { Button, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';
import { asApiError, request } from '../api/client';
import { type MessageFragment, MessagesDocument } from '../api/generated';
import { fileName, messagesCsv, messagesJson } from '../model/export';
import { plural } from '../model/plural';
import { count } from '../model/time';
import { save } from '../parts/download';

/** What the server gives at once. */
const PAGE = 200;
/** More is a matter for a program and the API: a browser would hold all of it in memory. */
const MOST = 20_000;

const KINDS = {
  csv: { name: 'CSV, for a spreadsheet', type: 'text/csv', text: messagesCsv, ending: 'csv' },
  json: { name: 'JSON, one message a line', type: 'application/x-ndjson', text: messagesJson, ending: 'jsonl' },
} as const;
type Kind = keyof typeof KINDS;

export function Export({ query }: { query: string }) {
  const [isOpen, setOpen] = useState(false);
  const [read, setRead] = useState<number>();
  const [said, say] = useState('');
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const run = async (kind: Kind) => {
    running.current = new AbortController();
    const { signal } = running.current;
    setOpen(false);
    say('');
    setRead(0);
    try {
      const rows: MessageFragment[] = [];
      let after: string | null = null;
      do {
        const { messages }: { messages: { next?: string | null; nodes: MessageFragment[] } } = await request(
          MessagesDocument,
          { query, first: PAGE, after },
          signal,
        );
        rows.push(...messages.nodes);
        setRead(rows.length);
        after = messages.next ?? null;
      } while (after && rows.length < MOST);
      const { type, text, ending } = KINDS[kind];
      save(fileName('messages', new Date(), ending), text(rows), type);
      say(after ? `The newest ${count(rows.length)} were saved; narrow the search for older ones.` : '');
    } catch (err) {
      if (!signal.aborted) say(`Not saved: ${asApiError(err).message}`);
    } finally {
      setRead(undefined);
    }
  };
  const isReading = read !== undefined;
  return (
    <>
      {isReading ? (
        <span className="mp-quiet" aria-live="polite">
          {plural(read, 'message')} read{' '}
          <Button variant="link" size="sm" onClick={() => running.current?.abort()}>
            Stop
          </Button>
        </span>
      ) : (
        said && (
          <span className="mp-quiet" role="status">
            {said}
          </span>
        )
      )}
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setOpen}
        shouldFocusToggleOnSelect
        popperProps={{ position: 'right' }}
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            size="sm"
            isExpanded={isOpen}
            aria-disabled={isReading}
            onClick={() => setOpen(!isOpen && !isReading)}
          >
            Export
          </MenuToggle>
        )}
      >
        <DropdownList>
          {(Object.keys(KINDS) as Kind[]).map((kind) => (
            <DropdownItem key={kind} onClick={() => void run(kind)}>
              {KINDS[kind].name}
            </DropdownItem>
          ))}
        </DropdownList>
      </Dropdown>
    </>
  );
}
