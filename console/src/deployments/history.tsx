// Deployments, the newest first, each opening to its phases as they happen.

import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { ExpandableRowContent, Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery } from '@tanstack/react-query';
import { request } from '../api/client';
import { type DeploymentFragment, DeploymentsDocument, LiveDeploymentsDocument } from '../api/generated';
import { useMay, useReadAgainOn } from '../api/hooks';
import { before } from '../model/staged';
import type { Standing } from '../model/standing';
import { DONE_PHASES, spoken } from '../model/state';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Act } from '../parts/act';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { useNow } from '../parts/now';
import { Release } from '../parts/release';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { useParameters, useScope } from '../shell/scope';
import { Changes } from './changes';
import { Phases } from './phases';
import { useStandings } from './standing';

const PAGE = 25;

export function History({ integration }: { integration?: string }) {
  const { environment } = useScope();
  const [parameters, change] = useParameters();
  const variables = { integration: integration ?? null, environment };
  const found = useInfiniteQuery({
    queryKey: ['Deployments', 'pages', variables],
    queryFn: ({ pageParam, signal }) =>
      request(DeploymentsDocument, { ...variables, first: PAGE, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.deployments.next ?? null,
  });
  useReadAgainOn(LiveDeploymentsDocument, { environment, integration: integration ?? null }, ['Deployments']);
  const open = parameters.get('id');
  const all = found.data?.pages.flatMap((page) => page.deployments.nodes) ?? [];
  const standings = useStandings(all);
  return (
    <Loaded query={found as never} what="deployments">
      {() => {
        if (all.length === 0) {
          return (
            <Empty title="Nothing was deployed yet">
              A push to a Git source becomes a release, and the release a deployment.
            </Empty>
          );
        }
        return (
          <>
            <Table aria-label="Deployments" variant="compact">
              <Thead>
                <Tr>
                  <Th screenReaderText="Phases" />
                  <Th modifier="nowrap">Integration</Th>
                  <Th>Release</Th>
                  <Th>State</Th>
                  <Th>Cause</Th>
                  <Th>Asked</Th>
                  <Th>Took</Th>
                </Tr>
              </Thead>
              {all.map((one, at) => (
                <Row
                  key={one.id}
                  deployment={one}
                  standing={standings.get(one.id)}
                  at={at}
                  isOpen={open === one.id}
                  toggle={() => change({ id: open === one.id ? null : one.id, part: null })}
                  shows={parameters.get('part') === 'changes' ? 'changes' : 'phases'}
                  show={(part) => change({ part: part === 'changes' ? part : null })}
                  former={before(all, one)}
                  hasOlder={found.hasNextPage}
                />
              ))}
            </Table>
            {found.hasNextPage && (
              <Act variant="link" isBusy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                Older deployments
              </Act>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

type Part = 'phases' | 'changes';

type RowProps = {
  deployment: DeploymentFragment;
  /** What it is by now. */
  standing: Standing | undefined;
  at: number;
  isOpen: boolean;
  toggle: () => void;
  shows: Part;
  show: (part: Part) => void;
  /** What was deployed there before it. */
  former: DeploymentFragment | undefined;
  hasOlder: boolean;
};

function Row({ deployment, standing, at, isOpen, toggle, shows, show, former, hasOlder }: RowProps) {
  const may = useMay();
  const isDone = DONE_PHASES.includes(deployment.phase);
  const now = useNow(1_000);
  const end = deployment.endedAt ? Date.parse(deployment.endedAt) : now;
  const took = Math.max(0, end - Date.parse(deployment.createdAt)) * 1000;
  return (
    <Tbody isExpanded={isOpen}>
      <Tr>
        <Td expand={{ rowIndex: at, isExpanded: isOpen, onToggle: toggle, expandId: 'phases' }} />
        <Td dataLabel="Integration">
          <Link to={`/integrations/${encodeURIComponent(deployment.integration)}`}>{deployment.integration}</Link>
          <div className="mp-quiet">in {deployment.environment}</div>
        </Td>
        <Td dataLabel="Release">
          <Release release={deployment.release} />
          <div className="mp-quiet">{visible(deployment.release.author)}</div>
        </Td>
        <Td dataLabel="State">
          <State state={standing?.state ?? deployment.phase} as={standing?.tone} />
          {deployment.reason && <div className="mp-why">{visible(deployment.reason)}</div>}
        </Td>
        <Td dataLabel="Cause">{spoken(deployment.cause)}</Td>
        <Td dataLabel="Asked">
          <Ago at={deployment.createdAt} />
        </Td>
        <Td dataLabel="Took">{isDone && !deployment.endedAt ? '' : duration(took)}</Td>
      </Tr>
      <Tr isExpanded={isOpen}>
        <Td colSpan={7}>
          <ExpandableRowContent>
            {isOpen && (
              <>
                {may('release:read') && (
                  <ToggleGroup aria-label="What to show of the deployment" isCompact className="mp-after">
                    <ToggleGroupItem text="Phases" isSelected={shows === 'phases'} onChange={() => show('phases')} />
                    <ToggleGroupItem
                      text="What it changed"
                      isSelected={shows === 'changes'}
                      onChange={() => show('changes')}
                    />
                  </ToggleGroup>
                )}
                {shows === 'phases' || !may('release:read') ? (
                  <Phases deployment={deployment} />
                ) : former ? (
                  <Changes from={former.release} to={deployment.release} />
                ) : (
                  <p className="mp-quiet">
                    {hasOlder
                      ? 'What was there before is further down: read older deployments first.'
                      : 'It was the first there: all of it is new.'}
                  </p>
                )}
              </>
            )}
          </ExpandableRowContent>
        </Td>
      </Tr>
    </Tbody>
  );
}
