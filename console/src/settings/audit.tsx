import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery } from '@tanstack/react-query';
import { request } from '../api/client';
import { AuditDocument, TokensDocument } from '../api/generated';
import { useApi, useMay, useViewer } from '../api/hooks';
import { entryLines } from '../model/audit';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { Empty, Loaded } from '../parts/loaded';
import { At } from '../parts/time';
import { useParameters } from '../shell/scope';

const PAGE = 100;

/** Who changed or looked at what, in a chain that proves that nothing is missing. */
export function Audit() {
  const may = useMay();
  const viewer = useViewer();
  const [parameters, change] = useParameters();
  const newestFirst = parameters.get('order') !== 'oldest';
  const tokens = useApi(TokensDocument, {}, { enabled: may('token:read') });
  const names = new Map((tokens.data?.tokens ?? []).map((one) => [one.actor, one.name]));
  const me = viewer.data?.viewer;
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
        return (
          <>
            <ToggleGroup aria-label="Order" isCompact className="mp-after">
              <ToggleGroupItem text="Newest first" isSelected={newestFirst} onChange={() => change({ order: null })} />
              <ToggleGroupItem
                text="Oldest first"
                isSelected={!newestFirst}
                onChange={() => change({ order: 'oldest' })}
              />
            </ToggleGroup>
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
                {all.map((one) => (
                  <Tr key={one.seq}>
                    <Td dataLabel="No">{one.seq}</Td>
                    <Td dataLabel="When">
                      <At at={one.at} />
                    </Td>
                    <Td dataLabel="Who" title={one.actor}>
                      {one.actor === me?.id ? me.label : (names.get(one.actor) ?? one.actor.slice(-6))}
                    </Td>
                    <Td dataLabel="What">{one.action}</Td>
                    <Td dataLabel="On">
                      {one.targetKind} <span className="mp-code">{visible(one.target.slice(0, 40))}</span>
                    </Td>
                    <Td dataLabel="Detail" className="mp-failure">
                      {entryLines(one.detail).map(([key, value]) => (
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
