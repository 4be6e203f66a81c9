// Failures by cause: one row for each kind on each route, however many messages it hit.

import { Label } from '@patternfly/react-core';
import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMemo } from 'react';
import { DeploymentsDocument, FailureGroupsDocument, FailureTrendsDocument } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { midplane } from '../model/command';
import { essence } from '../model/fault';
import { suspect } from '../model/suspect';
import { visible } from '../model/text';
import { count, duration } from '../model/time';
import { CopyCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { Release } from '../parts/release';
import { Screen } from '../parts/screen';
import { Spark } from '../parts/spark';
import { Ago } from '../parts/time';
import { useScope } from '../shell/scope';

/** Of the trend: an hour is shown in steps of two and a half minutes. */
const PARTS = 24;
/** Far enough back for failures of the last days; an older one is named without its distance. */
const DEPLOYMENTS = 100;

const keyOf = (one: { environment: string; integration: string; route: string; fingerprint: string }) =>
  `${one.environment}/${one.integration}/${one.route}/${one.fingerprint}`;

export function Failures() {
  const may = useMay();
  const { environment, range } = useScope();
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const trends = useApi(FailureTrendsDocument, { ...period, parts: PARTS });
  const deployments = useApi(
    DeploymentsDocument,
    { environment, first: DEPLOYMENTS },
    { enabled: may('deployment:read') },
  );
  const trendOf = useMemo(
    () => new Map((trends.data?.failureTrends ?? []).map((one) => [keyOf(one), one.counts])),
    [trends.data],
  );
  const groups = useApi(FailureGroupsDocument, { since: range.from.toISOString() }, { refreshMs: 10_000 });
  return (
    <Screen
      title="Failures"
      lead="Failures with one cause are one row. Open a sample to see the message step by step."
      actions={<CopyCommand command={midplane('messages', 'outcome:failed')} />}
    >
      <Loaded query={groups} what="failures">
        {(found) => {
          const shown = found.failureGroups.filter((one) => !environment || one.environment === environment);
          if (shown.length === 0) {
            return (
              <Empty title="Nothing failed in this time" icon={CheckIcon}>
                Look further back with the time range at the top.
              </Empty>
            );
          }
          return (
            <Table aria-label="Failures" variant="compact">
              <Thead>
                <Tr>
                  <Th>What</Th>
                  <Th>Where</Th>
                  <Th>How often</Th>
                  <Th info={{ tooltip: 'Over the time range at the top, from left to right' }}>Trend</Th>
                  <Th>When</Th>
                  <Th>Began with</Th>
                  <Th>Sample</Th>
                </Tr>
              </Thead>
              <Tbody>
                {shown.map((one) => {
                  const open = one.count - one.handled;
                  const began = suspect(one, deployments.data?.deployments.nodes ?? []);
                  const trend = trendOf.get(keyOf(one));
                  return (
                    <Tr key={keyOf(one)}>
                      <Td dataLabel="What" className="mp-failure">
                        <Link
                          to="/messages"
                          parameters={{ q: `fingerprint:${one.fingerprint} integration:${one.integration}` }}
                        >
                          {visible(essence(one.error)) || one.errorClass}
                        </Link>
                        <div className="mp-code">{visible(one.errorClass)}</div>
                      </Td>
                      <Td dataLabel="Where">
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
                        {open > 0 && (
                          <Label isCompact color="red">
                            {count(open)} failed
                          </Label>
                        )}{' '}
                        {one.handled > 0 && (
                          <Label isCompact color="orange">
                            {count(one.handled)} handled
                          </Label>
                        )}
                      </Td>
                      <Td dataLabel="Trend">{trend && <Spark counts={trend} what="Failures over time" />}</Td>
                      <Td dataLabel="When">
                        <Ago at={one.lastAt} />
                        <div className="mp-quiet">
                          first <Ago at={one.firstAt} />
                        </div>
                      </Td>
                      <Td dataLabel="Began with">
                        {one.beganOn ? (
                          <>
                            {began ? `${duration(began.afterUs)} after ` : 'Soon after '}
                            <Release release={one.beganOn} />
                            <div className="mp-quiet">
                              {visible(one.beganOn.author)}
                              {began && (
                                <>
                                  ,{' '}
                                  <Link to="/deployments" parameters={{ id: began.deployment, part: 'changes' }}>
                                    what it changed
                                  </Link>
                                </>
                              )}
                            </div>
                          </>
                        ) : (
                          <span className="mp-quiet">no deployment near it</span>
                        )}
                      </Td>
                      <Td dataLabel="Sample">
                        <Link to={`/messages/${one.last}`}>the last</Link>,{' '}
                        <Link to={`/messages/${one.first}`}>the first</Link>
                      </Td>
                    </Tr>
                  );
                })}
              </Tbody>
            </Table>
          );
        }}
      </Loaded>
    </Screen>
  );
}
