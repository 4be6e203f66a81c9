// A line of the history: a deployment that opens to its phases and to what it changed, or a commit that was refused.

import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { ExpandableRowContent, Tbody, Td, Tr } from '@patternfly/react-table';
import type { DeploymentFragment, ReleasesQuery } from '../api/generated';
import { useMay } from '../api/hooks';
import type { Standing } from '../model/standing';
import { DONE_PHASES, spoken } from '../model/state';
import { visible } from '../model/text';
import { duration } from '../model/time';
import { Link } from '../parts/link';
import { useNow } from '../parts/now';
import { Release } from '../parts/release';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { Changes } from './changes';
import { Phases } from './phases';

/** Which column says where it was: with its integration, with its environment alone, or none. */
export type Where = 'integration' | 'environment' | null;

type Part = 'phases' | 'changes';

type RowProps = {
  deployment: DeploymentFragment;
  where: Where;
  /** What it is by now. */
  standing: Standing | undefined;
  /** It was live once, and may be again. */
  canGoBack: boolean;
  at: number;
  isOpen: boolean;
  toggle: () => void;
  shows: Part;
  show: (part: Part) => void;
  /** What was deployed there before it. */
  former: DeploymentFragment | undefined;
  hasOlder: boolean;
};

export function Row(props: RowProps) {
  const { deployment, where, standing, canGoBack, at, isOpen, toggle, shows, show, former, hasOlder } = props;
  const may = useMay();
  const isDone = DONE_PHASES.includes(deployment.phase);
  const now = useNow(1_000);
  const end = deployment.endedAt ? Date.parse(deployment.endedAt) : now;
  const took = Math.max(0, end - Date.parse(deployment.createdAt)) * 1000;
  return (
    <Tbody isExpanded={isOpen}>
      <Tr>
        <Td expand={{ rowIndex: at, isExpanded: isOpen, onToggle: toggle, expandId: 'phases' }} />
        {where === 'integration' && <Integration name={deployment.integration} environment={deployment.environment} />}
        {where === 'environment' && <Td dataLabel="Environment">{deployment.environment}</Td>}
        <Td dataLabel="Release">
          <Release release={deployment.release} />
          <div className="mp-quiet">written by {visible(deployment.release.author)}</div>
        </Td>
        <Td dataLabel="State">
          <State state={standing?.state ?? deployment.phase} as={standing?.tone} />
          {deployment.reason && <div className="mp-why">{visible(deployment.reason)}</div>}
          {canGoBack && <BackTo deployment={deployment} />}
        </Td>
        <Td dataLabel="Cause">{spoken(deployment.cause)}</Td>
        <Td dataLabel="Asked">
          <Ago at={deployment.createdAt} />
        </Td>
        <Td dataLabel="Took">{isDone && !deployment.endedAt ? '' : duration(took)}</Td>
      </Tr>
      <Tr isExpanded={isOpen}>
        <Td colSpan={where ? 7 : 6}>
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

/** Leads to the question of a roll back, with this release chosen. */
function BackTo({ deployment: { integration, environment, release } }: { deployment: DeploymentFragment }) {
  const parameters = { tab: 'deployments', do: 'rollback', at: environment, to: release.commit };
  return (
    <div>
      <Link to={`/integrations/${encodeURIComponent(integration)}`} parameters={parameters}>
        Roll back to this
      </Link>
    </div>
  );
}

type RefusedProps = {
  release: ReleasesQuery['releases']['nodes'][number];
  where: Where;
  /** What ran then, by environment, and whether it still does. */
  ran: DeploymentFragment[];
  goesOn: boolean;
};

/** A commit that became no release: nothing was deployed, and what ran before goes on. */
export function RefusedRow({ release, where, ran, goesOn }: RefusedProps) {
  const names = [...new Set(ran.map((one) => one.release.short))];
  const runs = !goesOn ? 'ran on' : names.length > 1 ? 'keep running' : 'keeps running';
  const rest = names.length > 0 ? `; ${names.join(' and ')} ${runs}` : '';
  return (
    <Tbody>
      <Tr>
        <Td />
        {where === 'integration' && <Integration name={release.integration} />}
        {where === 'environment' && <Td dataLabel="Environment" />}
        <Td dataLabel="Release">
          <Release release={release} />
          <div className="mp-quiet">written by {visible(release.author)}</div>
        </Td>
        <Td dataLabel="State">
          <State state="refused" />
          {release.problems.map((problem) => (
            <div key={problem.message} className="mp-why">
              {visible(problem.message)} <span className="mp-code">{problem.code}</span>
            </div>
          ))}
          <div className="mp-quiet">Nothing was deployed{rest}. Fix it and push.</div>
        </Td>
        <Td dataLabel="Cause">Push</Td>
        <Td dataLabel="Asked">
          <Ago at={release.createdAt} />
        </Td>
        <Td dataLabel="Took" />
      </Tr>
    </Tbody>
  );
}

function Integration({ name, environment }: { name: string; environment?: string }) {
  return (
    <Td dataLabel="Integration">
      <Link to={`/integrations/${encodeURIComponent(name)}`}>{name}</Link>
      {environment && <div className="mp-quiet">in {environment}</div>}
    </Td>
  );
}
