// One group of failures: what it is, since when, what somebody decided about it, samples, and the replay of all of them.

import './failures.css';
import { Flex, FlexItem, Grid, GridItem } from '@patternfly/react-core';
import { useParams } from 'react-router';
import { DeploymentsDocument, FailureGroupDocument, type FailureGroupFragment } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { EarlierBulks } from '../bulk/earlier';
import { BulkForm } from '../bulk/form';
import { commandOf, isAside, newestOf, queryOf, repairOf, saysCounts, titleOf } from '../model/failure';
import { visible } from '../model/text';
import { CopyCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { Panel } from '../parts/panel';
import { Screen } from '../parts/screen';
import { message, useSoon } from '../parts/soon';
import { At } from '../parts/time';
import { Decisions } from './decisions';
import { noneLeft } from './none';
import { Samples } from './samples';
import { Suspect } from './suspect';
import { Trend } from './trend';

/** Far enough back to hold the deployment that a failure began with. */
const DEPLOYMENTS = 100;

export function FailureGroup() {
  const { id = '' } = useParams();
  useSoon(message);
  const group = useApi(FailureGroupDocument, { id }, { refreshMs: 10_000, keep: false });
  const found = group.data?.failureGroup;
  return (
    <Screen
      title={found ? visible(titleOf(found)) : 'Failure'}
      lead={found && <Lead group={found} />}
      actions={
        <>
          <Link to="/failures">All failures</Link>
          {found && <CopyCommand command={commandOf(found.fingerprint, { do: 'resolve' })} />}
        </>
      }
    >
      <Loaded query={group} what="the failure">
        {({ failureGroup }) =>
          failureGroup ? (
            <Group group={failureGroup} />
          ) : (
            <Empty title="There is no such failure" actions={<Link to="/failures">All failures</Link>}>
              Its messages may be older than what is kept, or it is of an organization that you do not belong to.
            </Empty>
          )
        }
      </Loaded>
    </Screen>
  );
}

function Lead({ group }: { group: FailureGroupFragment }) {
  const newest = newestOf(group);
  return (
    <>
      <span className="mp-code">{visible(group.errorClass)}</span>
      {newest && <span className="mp-newest">newest: {visible(newest)}</span>}
    </>
  );
}

function Group({ group }: { group: FailureGroupFragment }) {
  const may = useMay();
  const { environment } = group;
  const deployments = useApi(
    DeploymentsDocument,
    { environment, first: DEPLOYMENTS },
    { enabled: may('deployment:read') },
  );
  return (
    <Grid hasGutter>
      <GridItem lg={7}>
        <Flex direction={{ default: 'column' }} gap={{ default: 'gapMd' }}>
          <FlexItem>
            <Panel title="What is done about it">
              <Decisions group={group} />
            </Panel>
          </FlexItem>
          {may('workload:operate') && (
            <FlexItem>
              <Panel title={isAside(group) ? 'Replay' : 'Replay what is to repair'}>
                <BulkForm query={repairOf(group)} none={noneLeft(group)} group={group} />
                <EarlierBulks fingerprint={group.fingerprint} />
              </Panel>
            </FlexItem>
          )}
          <FlexItem>
            <Panel
              title="Samples"
              actions={
                <Link to="/messages" parameters={{ q: queryOf(group) }}>
                  All its messages
                </Link>
              }
            >
              <Samples group={group} />
            </Panel>
          </FlexItem>
        </Flex>
      </GridItem>
      <GridItem lg={5}>
        <Flex direction={{ default: 'column' }} gap={{ default: 'gapMd' }}>
          <FlexItem>
            <Panel title="Where and when">
              <Facts group={group} />
            </Panel>
          </FlexItem>
          <FlexItem>
            <Panel title="Over the last 7 days">
              <Trend group={group} />
            </Panel>
          </FlexItem>
          <FlexItem>
            <Panel title="What changed before it began">
              <Suspect group={group} deployments={deployments.data?.deployments.nodes ?? []} />
            </Panel>
          </FlexItem>
        </Flex>
      </GridItem>
    </Grid>
  );
}

function Facts({ group }: { group: FailureGroupFragment }) {
  const { integration, route, environment, node } = group;
  return (
    <dl className="mp-facts">
      <dt>Route</dt>
      <dd>
        <Link to={`/integrations/${encodeURIComponent(integration)}/routes/${encodeURIComponent(route)}`}>
          {visible(integration)} / {visible(route)}
        </Link>{' '}
        in {environment}
      </dd>
      {node && (
        <>
          <dt>Step</dt>
          <dd>
            <code>{visible(node)}</code>
          </dd>
        </>
      )}
      <dt>First</dt>
      <dd>
        <Link to={`/messages/${group.first}`}>
          <At at={group.firstAt} />
        </Link>
      </dd>
      <dt>Last</dt>
      <dd>
        <Link to={`/messages/${group.last}`}>
          <At at={group.lastAt} />
        </Link>
      </dd>
      <dt>How often</dt>
      <dd>{saysCounts(group)}</dd>
      <dt title="What all of these failures have in common: the search fingerprint:... finds them">Fingerprint</dt>
      <dd>
        <code>{group.fingerprint}</code>
      </dd>
    </dl>
  );
}
