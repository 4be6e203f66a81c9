// The search of messages: a line with completion, facets with counts, rows by the thousand, and the live tail. The address
// holds the query, so that it is the saved search.

import { Alert, Button, Switch } from '@patternfly/react-core';
import { FacetsDocument } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { columnsOf } from '../model/columns';
import { midplane } from '../model/command';
import { plural } from '../model/plural';
import { placed, toggle, within } from '../model/query';
import { fixed, label, terms } from '../model/range';
import { count } from '../model/time';
import { CopyCommand } from '../parts/command';
import { Copy } from '../parts/copy';
import { Empty, Refused, Stale } from '../parts/loaded';
import { message, useSoon } from '../parts/soon';
import { useParameters, useScope } from '../shell/scope';
import { ChosenBar, useChosen } from './chosen';
import { Export } from './export';
import { FacetList } from './facets';
import { Nothing } from './nothing';
import { usePages } from './pages';
import { QueryBox } from './query-box';
import { MessageRows } from './rows';
import { useLiveTail } from './tail';

/** Attributes beside one another; more leave no room for what went wrong. */
const MOST_COLUMNS = 4;

/** `base` is a term that holds whatever is searched for, as on the page of one integration. */
export function MessageSearch({ base = '' }: { base?: string }) {
  const may = useMay();
  useSoon(message);
  const [parameters, change] = useParameters();
  const { environment, range } = useScope();
  const typed = parameters.get('q') ?? '';
  const isLive = parameters.get('live') === 'yes';
  const wanted = [base, typed].filter(Boolean).join(' ');
  const query = within(wanted, environment, terms(range));
  const pages = usePages(query, !isLive);
  const facets = useApi(FacetsDocument, { query }, { enabled: !isLive });
  const followed = within(wanted, environment, '');
  const tail = useLiveTail(followed, isLive);
  const sent = isLive ? followed : query;
  const error = isLive ? tail.error : pages.error;
  const isMisspelt = error?.code.startsWith('MP-QUERY') ?? false;
  const { choice, all, clear } = useChosen(query);
  const columns = parameters.get('columns') === 'all' ? MOST_COLUMNS : 1;
  const rows = isLive ? tail.rows : pages.rows;
  const found = facets.data?.messageFacets;
  // All rows are at hand: they are counted, not guessed.
  const many = pages.isWhole
    ? plural(pages.rows.length, 'message')
    : found && `${found.exact ? '' : 'at least '}${plural(found.total, 'message')}`;
  const hasMoreColumns = columns > 1 || columnsOf(rows, pages.columns, MOST_COLUMNS).length > 1;
  const set = (q: string) => change({ q }, true);

  return (
    <div className="mp-search">
      <QueryBox
        value={typed}
        submit={set}
        error={isMisspelt && error ? placed(error.message, typed, sent) : undefined}
      />
      <div className="mp-search-bar">
        <Switch
          id="live"
          label="Live"
          isChecked={isLive}
          onChange={(_, on) => change({ live: on ? 'yes' : null })}
          aria-label="Show messages as they arrive"
        />
        {isLive && (
          <Button size="sm" variant="secondary" onClick={tail.pause}>
            {tail.isPaused ? `Go on (${count(tail.waiting)} waiting)` : 'Pause'}
          </Button>
        )}
        <span className="mp-quiet mp-grow" aria-live="polite">
          {isLive
            ? `${plural(tail.rows.length, 'message')} since the tail began, whatever the time range at the top says${tail.missed > 0 ? `, ${count(tail.missed)} came too fast to show` : ''}`
            : many && `${many}, ${label(range).toLowerCase()}`}
        </span>
        {hasMoreColumns && (
          <Button variant="link" size="sm" onClick={() => change({ columns: columns === 1 ? 'all' : null })}>
            {columns === 1 ? 'More attributes' : 'Fewer attributes'}
          </Button>
        )}
        <Copy name="Copy link" done="Link copied" text={() => linkOf(isLive ? null : fixed(range))} />
        {!isLive && (
          <ChosenBar all={all} clear={clear} found={within(wanted, environment, terms({ ...range, isLive: false }))} />
        )}
        {!isLive && <Export query={query} />}
        <CopyCommand command={midplane('messages', query, isLive && '--live')} />
      </div>
      {pages.notes.map((note) => (
        <Alert key={note} isInline isPlain variant="info" title={note} component="p" />
      ))}
      <div className="mp-search-body">
        {!isLive && (
          <FacetList
            facets={found}
            isWhole={pages.isWhole}
            query={typed}
            pick={(key, value) => set(toggle(typed, key, value))}
          />
        )}
        <div className="mp-grow">
          {error && !isMisspelt && rows.length > 0 && (
            <Stale what="messages" err={error} {...(isLive ? {} : { again: pages.again })} />
          )}
          {error && rows.length === 0 ? (
            !isMisspelt && <Refused err={error} what="messages" {...(isLive ? {} : { again: pages.again })} />
          ) : rows.length === 0 && (isLive || pages.isDone) ? (
            isLive ? (
              <Empty title="Waiting for messages">Each is shown as it arrives, before it is stored.</Empty>
            ) : (
              <Nothing query={typed} submit={set} />
            )
          ) : (
            <MessageRows
              rows={rows}
              attributes={pages.columns}
              most={columns}
              more={isLive ? undefined : pages.more}
              isReading={pages.isReading}
              choice={!isLive && may('workload:operate') ? choice : undefined}
            />
          )}
        </div>
      </div>
    </div>
  );
}

/** This search for somebody else, or for later: `Last hour` becomes the hour that it is now. */
function linkOf(range: string | null): string {
  const url = new URL(location.href);
  if (range) url.searchParams.set('range', range);
  return url.href;
}
