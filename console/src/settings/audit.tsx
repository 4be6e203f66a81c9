import { Button, SearchInput, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { request } from '../api/client';
import { AuditDocument, type AuditQuery, TokensDocument } from '../api/generated';
import { useApi, useMay, useViewer } from '../api/hooks';
import { entryLines, holds, type Names, targetOf } from '../model/audit';
import { listed } from '../model/id';
import { Act } from '../parts/act';
import { Empty, Loaded } from '../parts/loaded';
import { useParameters } from '../shell/scope';
import { AuditRows, type Told } from './audit-rows';
import { useNames } from './names';

const PAGE = 100;

type Entry = AuditQuery['audit']['entries'][number];

/** An entry in the words that are shown of it, which are also what it is found by. */
function told(one: Entry, names: Names, who: (actor: string) => string): Told {
  return {
    ...one,
    who: who(one.actor),
    kind: one.targetKind.replaceAll('_', ' '),
    on: targetOf(one, names),
    lines: entryLines(one.detail, names, one.targetKind),
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
  const who = (actor: string) => {
    if (actor === me?.id) return me.label;
    // What nobody asked for is done in the name of the organization.
    if (actor === me?.organization) return 'Midplane';
    return actors.get(actor) ?? `actor ${listed(actor)}`;
  };
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
          .filter((one) =>
            holds([one.who, one.action, one.kind, one.on.text, one.target, ...one.lines.flat()], wanted),
          );
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
            {shown.length > 0 ? (
              <AuditRows entries={shown} />
            ) : (
              <Empty
                title="No entry has these words"
                actions={
                  <Button variant="link" onClick={() => change({ find: null })}>
                    Show all entries
                  </Button>
                }
              >
                {audit.hasNextPage
                  ? 'Only the entries that were read are looked through: read more of them below.'
                  : ''}
              </Empty>
            )}
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
