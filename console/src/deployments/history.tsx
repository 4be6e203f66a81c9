// Deployments and the commits that were refused, the newest first; a deployment opens to its phases as they happen.

import { Table, Th, Thead, Tr } from '@patternfly/react-table';
import { useInfiniteQuery } from '@tanstack/react-query';
import { request } from '../api/client';
import { DeploymentsDocument, LiveDeploymentsDocument, ReleasesDocument } from '../api/generated';
import { useApi, useMay, useReadAgainOn } from '../api/hooks';
import { history } from '../model/refused';
import { before, canGoBack, ranAt } from '../model/staged';
import { Act } from '../parts/act';
import { Empty, Loaded } from '../parts/loaded';
import { useParameters, useScope } from '../shell/scope';
import { RefusedRow, Row, type Where } from './row';
import { useStandings, useWorkloads } from './standing';

const PAGE = 25;
/** Commits of which those that were refused are shown. */
const RELEASES = 100;
/** Nothing says that a commit was refused: it makes no deployment. */
const REFUSED_MS = 10_000;

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
  const may = useMay();
  const releases = useApi(
    ReleasesDocument,
    { integration: integration ?? null, first: RELEASES },
    { enabled: may('release:read'), refreshMs: REFUSED_MS },
  );
  const all = found.data?.pages.flatMap((page) => page.deployments.nodes) ?? [];
  const standings = useStandings(all);
  const workloads = useWorkloads();
  const entries = history(all, releases.data?.releases.nodes ?? [], found.hasNextPage);
  const isAcross = new Set(all.map((one) => one.environment)).size > 1;
  const where: Where = !integration ? 'integration' : isAcross ? 'environment' : null;
  return (
    <Loaded query={found as never} what="deployments">
      {() => {
        if (entries.length === 0) {
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
                  {where === 'integration' && <Th modifier="nowrap">Integration</Th>}
                  {where === 'environment' && <Th>Environment</Th>}
                  <Th>Release</Th>
                  <Th>State</Th>
                  <Th>Cause</Th>
                  <Th>Asked</Th>
                  <Th>Took</Th>
                </Tr>
              </Thead>
              {entries.map((entry, at) => {
                if (entry.is === 'refused') {
                  const { release } = entry;
                  const ran = ranAt(all, release.integration, release.createdAt);
                  const goesOn = ran.some((one) => standings.get(one.id)?.state === 'live');
                  return <RefusedRow key={release.id} release={release} where={where} ran={ran} goesOn={goesOn} />;
                }
                const one = entry.deployment;
                const workload = workloads.find(
                  (other) => other.integration === one.integration && other.environment === one.environment,
                );
                return (
                  <Row
                    key={one.id}
                    deployment={one}
                    where={where}
                    standing={standings.get(one.id)}
                    canGoBack={may('deployment:write') && canGoBack(one, workload)}
                    at={at}
                    isOpen={open === one.id}
                    toggle={() => change({ id: open === one.id ? null : one.id, part: null })}
                    shows={parameters.get('part') === 'changes' ? 'changes' : 'phases'}
                    show={(part) => change({ part: part === 'changes' ? part : null })}
                    former={before(all, one)}
                    hasOlder={found.hasNextPage}
                  />
                );
              })}
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
