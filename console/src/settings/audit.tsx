import { SearchInput, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery } from '@tanstack/react-query';
import { request } from '../api/client';
import { AuditDocument, type AuditQuery, TokensDocument } from '../api/generated';
import { useApi, useMay, useViewer } from '../api/hooks';
import { entryLines, holds, type Names, targetOf } from '../model/audit';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { Empty, Loaded } from '../parts/loaded';
import { At } from '../parts/time';
import { useParameters } from '../shell/scope';
import { useNames } from './names';

const PAGE = 100;

type Entry = AuditQuery['audit']['entries'][number];

/** An entry in the words that are shown of it, which are also what it is found by. */
function told(one: Entry, names: Names, who: (actor: string) => string) {
  return {
    ...one,
    who: who(one.actor),
    kind: one.targetKind.replaceAll('_', ' '),
    on: targetOf(one, names),
    lines: entryLines(one.detail, names),
  };
}

/** Who changed or looked at what, in a chain that proves that nothing is missing. */
export function Audit() {
  const may = useMay();
  const viewer = useViewer();
  const [parameters, change] = useParameters();
  const newestFirst = parameters.get('order') !== 'oldest';
  const tokens = useApi(TokensDocument, {}, { enabled: may('token:read') });
  const actors = new Map((tokens.data?.tokens ?? []).map((one) => [one.actor, one.name]));
  const names = useNames();
  const me = viewer.data?.viewer;
  const who = (actor: string) => (actor === me?.id ? me.label : (actors.get(actor) ?? actor.slice(-6)));
  const wanted = parameters.get('find') ?? '';
  const audit = useInfiniteQuery({
    queryKey: ['Audit', newestFirst],
    queryFn: ({ pageParam, signal }) => request(AuditDocument, { first: PAGE, after: pageParam, newestFirst }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.audit.next ?? null,
  });
  return (
    <Loaded query={audit as never} what="the audit">
      {() => {
        const all = audit.data?.pages.flatMap((page) => page.audit.entries) ?? [];
        if (all.length === 0)
          return (
            <Empty title="Nothing was changed yet">Every change leaves an entry here, in the same transaction.</Empty>
          );
        const shown = all
          .map((one) => told(one, names, who))
          .filter((one) => holds([one.who, one.action, one.kind, one.on, ...one.lines.flat()], wanted));
        return (
          <>
            <div className="mp-search-bar mp-wrap">
              <ToggleGroup aria-label="Order" isCompact>
                <ToggleGroupItem
                  text="Newest first"
                  isSelected={newestFirst}
                  onChange={() => change({ order: null })}
                />
                <ToggleGroupItem
                  text="Oldest first"
                  isSelected={!newestFirst}
                  onChange={() => change({ order: 'oldest' })}
                />
              </ToggleGroup>
              <div className="mp-find">
                <SearchInput
                  value={wanted}
                  placeholder="Who, what or on what"
                  aria-label="Entries with these words"
                  onChange={(_, find) => change({ find })}
                  onClear={() => change({ find: null })}
                />
              </div>
              {shown.length < all.length && (
                <span className="mp-quiet" aria-live="polite">
                  {shown.length} of the {all.length} entries that were read
                </span>
              )}
            </div>
            <Table aria-label="Audit" variant="compact">
              <Thead>
                <Tr>
                  <Th>No</Th>
                  <Th>When</Th>
                  <Th>Who</Th>
                  <Th>What</Th>
                  <Th>On</Th>
                  <Th>Detail</Th>
                </Tr>
              </Thead>
              <Tbody>
                {shown.map((one) => (
                  <Tr key={one.seq}>
                    <Td dataLabel="No">{one.seq}</Td>
                    <Td dataLabel="When">
                      <At at={one.at} />
                    </Td>
                    <Td dataLabel="Who" title={one.actor}>
                      {visible(one.who)}
                    </Td>
                    <Td dataLabel="What">{one.action}</Td>
                    <Td dataLabel="On" className="mp-failure" title={visible(one.target)}>
                      {one.kind} <span className="mp-code">{visible(one.on)}</span>
                    </Td>
                    <Td dataLabel="Detail" className="mp-failure">
                      {one.lines.map(([key, value]) => (
                        <div key={key}>
                          <span className="mp-quiet">{visible(key)}</span> <code>{visible(value)}</code>
                        </div>
                      ))}
                    </Td>
                  </Tr>
                ))}
              </Tbody>
            </Table>
            {audit.hasNextPage && (
              <Act variant="link" isBusy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
                {newestFirst ? 'Earlier entries' : 'Later entries'}
              </Act>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
