// Failures by cause as work: one row for each kind on each route, however many messages it hit, with what somebody decided
// about it. Which states are shown stands in the address.

import './failures.css';
import { Button, Checkbox } from '@patternfly/react-core';
import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMemo } from 'react';
import {
  type DeploymentFragment,
  DeploymentsDocument,
  type FailureGroupFragment,
  FailureGroupsDocument,
  FailureTrendsDocument,
} from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { midplane } from '../model/command';
import {
  countStates,
  isShown,
  newestOf,
  queryOf,
  readStates,
  STATES,
  titleOf,
  toggleState,
  writeStates,
} from '../model/failure';
import { spoken } from '../model/state';
import { visible } from '../model/text';
import { count } from '../model/time';
import { CopyCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { Screen } from '../parts/screen';
import { Spark } from '../parts/spark';
import { Ago } from '../parts/time';
import { useParameters, useScope } from '../shell/scope';
import { Began } from './began';
import { type Changing, useChanging } from './change';
import { Counts } from './counts';
import { Mark } from './mark';
import { GroupMenu } from './menu';
import { Said } from './said';

/** Of the trend: an hour is shown in steps of two and a half minutes. */
const PARTS = 24;
/** Far enough back for failures of the last days; an older one is named without its distance. */
const DEPLOYMENTS = 100;
/** What the server gives at once; the newest of them. */
const MOST = 200;

const keyOf = (one: { environment: string; integration: string; route: string; fingerprint: string }) =>
  `${one.environment}/${one.integration}/${one.route}/${one.fingerprint}`;

export function Failures() {
  const may = useMay();
  const { environment, range } = useScope();
  const [parameters, change] = useParameters();
  const states = readStates(parameters.get('state'));
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const trends = useApi(FailureTrendsDocument, { ...period, parts: PARTS }, { follows: range });
  const deployments = useApi(
    DeploymentsDocument,
    { environment, first: DEPLOYMENTS },
    { enabled: may('deployment:read') },
  );
  const trendOf = useMemo(
    () => new Map((trends.data?.failureTrends ?? []).map((one) => [keyOf(one), one.counts])),
    [trends.data],
  );
  // All states, so that the counts beside them are of the same moment as the rows.
  const groups = useApi(
    FailureGroupsDocument,
    { since: period.from, state: null },
    { refreshMs: 10_000, follows: range },
  );
  // Where there are more kinds than are given at once, those of the wanted states may be among the others.
  const isCut = (groups.data?.failureGroups.length ?? 0) >= MOST;
  const wanted = useApi(FailureGroupsDocument, { since: period.from, state: states }, { enabled: isCut, keep: false });
  const changing = useChanging();
  return (
    <Screen
      title="Failures"
      lead="Failures with one cause are one row. Resolve it when it is mended: it says so when it happens again, and returns with a later release that fails so."
      actions={
        <>
          <Link to="/replays">Bulk replays</Link>
          <CopyCommand
            command={midplane(
              'failures',
              `--state=${states.join(',').toLowerCase()}`,
              range.isLive && `--since=${range.text}`,
            )}
          />
        </>
      }
    >
      <Loaded query={groups} what="failures">
        {({ failureGroups: all }) => {
          const here = all.filter((one) => !environment || one.environment === environment);
          const counts = countStates(here);
          const asked = isCut ? wanted.data?.failureGroups : undefined;
          // What still fails is seen in any state: it failed just now, so it is among the newest.
          const found = asked
            ? [...all.filter((one) => one.stillFailing && !states.includes(one.state)), ...asked]
            : all;
          const shown = found.filter(
            (one) => isShown(one, states) && (!environment || one.environment === environment),
          );
          const elsewhere = here.filter((one) => !isShown(one, states)).length;
          return (
            <>
              <div>
                <div className="mp-states">
                  <div role="group" aria-label="States to show" className="mp-states">
                    <span className="mp-quiet">Show</span>
                    {STATES.map((state) => (
                      <Checkbox
                        key={state}
                        id={`state-${state}`}
                        label={`${spoken(state.toLowerCase())} ${count(counts[state])}`}
                        isChecked={states.includes(state)}
                        // One of them stays: a list of nothing helps nobody.
                        isDisabled={states.length === 1 && states.includes(state)}
                        onChange={() => change({ state: writeStates(toggleState(states, state)) }, true)}
                      />
                    ))}
                  </div>
                  {isCut && <span className="mp-quiet">Counts are of the newest {MOST} kinds.</span>}
                </div>
                <Said changing={changing} />
              </div>
              {shown.length === 0 ? (
                <Empty
                  title={elsewhere > 0 ? 'No failure is in these states' : 'Nothing failed in this time'}
                  icon={CheckIcon}
                  actions={
                    elsewhere > 0 ? (
                      <Button variant="link" onClick={() => change({ state: STATES.join(',').toLowerCase() }, true)}>
                        Show all {count(elsewhere)}
                      </Button>
                    ) : (
                      <Link to="/failures" parameters={{ range: '7d' }}>
                        Look at the last 7 days
                      </Link>
                    )
                  }
                >
                  {elsewhere > 0
                    ? 'What happened is in another state: the boxes above show which.'
                    : 'Look further back with the time range at the top.'}
                </Empty>
              ) : (
                <Rows
                  groups={shown}
                  trendOf={(group) => trendOf.get(keyOf(group))}
                  deployments={deployments.data?.deployments.nodes ?? []}
                  changing={changing}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </Screen>
  );
}

type RowsProps = {
  groups: FailureGroupFragment[];
  trendOf: (group: FailureGroupFragment) => number[] | undefined;
  deployments: DeploymentFragment[];
  changing: Changing;
};

function Rows({ groups, trendOf, deployments, changing }: RowsProps) {
  const may = useMay();
  const acts = may('failure:manage') || may('workload:operate');
  return (
    <Table aria-label="Failures" variant="compact">
      <Thead>
        <Tr>
          <Th>State</Th>
          <Th>What</Th>
          <Th>Where</Th>
          <Th>How often</Th>
          <Th className="mp-trend" info={{ tooltip: 'Over the time range at the top, from left to right' }}>
            Trend
          </Th>
          <Th>When</Th>
          <Th>Began with</Th>
          {acts && <Th screenReaderText="Actions" />}
        </Tr>
      </Thead>
      <Tbody>
        {groups.map((one) => {
          const trend = trendOf(one);
          return (
            <Tr key={one.id}>
              <Td dataLabel="State">
                <Mark group={one} />
                {one.assignee && <div>{visible(one.assignee)}</div>}
              </Td>
              <Td dataLabel="What" className="mp-failure">
                <Link to={`/failures/${encodeURIComponent(one.id)}`}>{visible(titleOf(one))}</Link>
                <Newest group={one} />
                <div className="mp-code">{visible(one.errorClass)}</div>
                {one.note && <div className="mp-why">{visible(one.note.split('\n')[0] ?? '')}</div>}
              </Td>
              <Td dataLabel="Where" className="mp-place">
                <Link
                  to={`/integrations/${encodeURIComponent(one.integration)}/routes/${encodeURIComponent(one.route)}`}
                >
                  {visible(one.integration)} / {visible(one.route)}
                </Link>
                <div className="mp-quiet">
                  {one.node && <code>{visible(one.node)}</code>} in {one.environment}
                </div>
              </Td>
              <Td dataLabel="How often">
                <Link to="/messages" parameters={{ q: queryOf(one) }} className="mp-plain">
                  <Counts group={one} />
                </Link>
              </Td>
              <Td dataLabel="Trend" className="mp-trend">
                {trend && <Spark counts={trend} what="Failures over time" />}
              </Td>
              <Td dataLabel="When">
                <Ago at={one.lastAt} />
                <div className="mp-quiet">
                  first <Ago at={one.firstAt} />
                </div>
              </Td>
              <Td dataLabel="Began with" className="mp-place">
                <Began group={one} deployments={deployments} />
              </Td>
              {acts && (
                <Td isActionCell>
                  <GroupMenu group={one} changing={changing} />
                </Td>
              )}
            </Tr>
          );
        })}
      </Tbody>
    </Table>
  );
}

function Newest({ group }: { group: FailureGroupFragment }) {
  const newest = newestOf(group);
  return newest ? <div className="mp-why mp-quiet">newest: {visible(newest)}</div> : null;
}
