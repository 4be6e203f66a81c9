// One replay of many messages as it goes on: how far, why it paused, what became of its messages, and what to do next.

import { Alert, Flex, FlexItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useParams } from 'react-router';
import { BulkReplayDocument, type BulkReplayQuery } from '../api/generated';
import { useApi } from '../api/hooks';
import { and, asOf, endedOf, isCanaryGood, next, saysRules, shownState } from '../model/bulk';
import { leftOut } from '../model/bulk-left';
import { midplane } from '../model/command';
import { plural } from '../model/plural';
import { visible } from '../model/text';
import { count } from '../model/time';
import { CopyCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Loaded } from '../parts/loaded';
import { Panel } from '../parts/panel';
import { Screen } from '../parts/screen';
import { State } from '../parts/state';
import { Ago, At } from '../parts/time';
import { BulkActions } from './actions';
import { Over } from './over';
import { ProgressBar } from './progress';

/** While it runs; the server begins some ten times a second. */
const LOOK_MS = 500;
/** Once it stands still somebody else may still go on with it. */
const IDLE_MS = 5_000;

export function BulkReplay() {
  const { id = '' } = useParams();
  const seen = useApi(BulkReplayDocument, { id }, { keep: false, refreshMs: IDLE_MS });
  const bulk = seen.data?.bulkReplay;
  // What was begun comes to its end also after it paused.
  const isMoving = bulk !== undefined && (bulk.state === 'running' || bulk.begun > endedOf(bulk));
  useApi(BulkReplayDocument, { id }, { keep: false, enabled: isMoving, ...(isMoving ? { refreshMs: LOOK_MS } : {}) });
  return (
    <Screen
      title="Bulk replay"
      actions={
        <>
          <Link to="/replays">Bulk replays</Link>
          <CopyCommand command={midplane('replays', 'show', id)} />
        </>
      }
    >
      <Loaded query={seen} what="the replay">
        {({ bulkReplay }) => <Shown bulk={bulkReplay} />}
      </Loaded>
    </Screen>
  );
}

function Shown({ bulk }: { bulk: BulkReplayQuery['bulkReplay'] }) {
  const left = leftOut(bulk);
  const advice = next(bulk);
  const isGood = isCanaryGood(bulk);
  return (
    <Flex direction={{ default: 'column' }} gap={{ default: 'gapMd' }}>
      <FlexItem>
        <section className="mp-summary" aria-label="How far it is">
          <div className="mp-summary-state">
            <State state={shownState(bulk.state)} />
            <div className="mp-grow">
              <strong>
                {count(bulk.begun)} of {count(bulk.total)} begun, {count(bulk.completed)} completed
              </strong>
              <div className="mp-quiet">
                asked <Ago at={bulk.askedAt} /> by {visible(bulk.by)}; {saysRules(bulk)}
                {bulk.endedAt && (
                  <>
                    ; over since <At at={bulk.endedAt} />
                  </>
                )}
              </div>
            </div>
            <BulkActions bulk={bulk} left={left} />
          </div>
          <ProgressBar of={bulk} />
        </section>
        {bulk.reason && bulk.state === 'paused' && (
          <Alert
            isInline
            variant={isGood ? 'success' : 'warning'}
            component="p"
            title={
              isGood
                ? `Canary: ${count(bulk.begun)} of ${count(bulk.begun)} completed`
                : `It paused: ${visible(bulk.reason)}`
            }
          />
        )}
        {left && (
          <p className="mp-after">
            {plural(left.many, 'message')} left out: what {left.many === 1 ? 'it has' : 'they have'} done already would
            be done again. Replay {left.many === 1 ? 'it' : 'them'} if that is meant.
            {bulk.state === 'paused' && ' Going on leaves out every other one that has done something, too.'}
          </p>
        )}
        {advice && <p className="mp-after">{advice}</p>}
        {bulk.endedAt && <Over query={bulk.query} askedAt={bulk.askedAt} />}
      </FlexItem>
      <FlexItem>
        <Panel title="What became of the messages">
          <Report bulk={bulk} />
        </Panel>
      </FlexItem>
    </Flex>
  );
}

function Report({ bulk }: { bulk: BulkReplayQuery['bulkReplay'] }) {
  const links = [
    ['Originals that a replay repaired', 'replayed:ok', bulk.completed + bulk.handled, 'by this one'],
    ['Originals whose replay failed', 'replayed:failed', bulk.failed + bulk.unknown + bulk.notDone, 'in this one'],
    [
      'Originals that were not replayed yet',
      'replayed:no -is:replay',
      bulk.total - bulk.begun + bulk.refused,
      'of this one',
    ],
  ] as const;
  return (
    <>
      <ul>
        {links.map(([name, more, many, here]) => (
          <li key={more}>
            {many > 0 ? (
              <Link to="/messages" parameters={{ q: and(asOf(bulk.query, bulk.askedAt), more) }}>
                {name}
              </Link>
            ) : (
              name
            )}
            : {count(many)} {here}
          </li>
        ))}
      </ul>
      <p className="mp-quiet">
        The lists show what this search finds now, also what other replays did:{' '}
        <span className="mp-query">{visible(bulk.query)}</span>
      </p>
      {bulk.refusals.length > 0 && (
        <Table aria-label="Why messages were left out" variant="compact">
          <Thead>
            <Tr>
              <Th>Left out</Th>
              <Th>Why</Th>
              <Th>Code</Th>
            </Tr>
          </Thead>
          <Tbody>
            {bulk.refusals.map((one) => (
              <Tr key={`${one.code} ${one.reason}`}>
                <Td dataLabel="Left out">{count(one.count)}</Td>
                <Td dataLabel="Why">{visible(one.reason)}</Td>
                <Td dataLabel="Code">
                  <code>{one.code}</code>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </>
  );
}
