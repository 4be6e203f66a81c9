// What to do about a workload, where its state is said: a button or a place to go, never a command to be typed elsewhere.

import { Button, Label } from '@patternfly/react-core';
import WarningIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import type { WorkloadFragment } from '../api/generated';
import { useMay } from '../api/hooks';
import { holdOf, NEEDS } from '../model/hold';
import { waits } from '../model/staged';
import { visible } from '../model/text';
import { VERBS, type Verb } from '../model/verbs';
import { nextOf } from '../model/workload-next';
import { Link } from '../parts/link';
import { Held, HoldButtons, HoldQuestion, useHolding } from '../route/held';
import { useParameters } from '../shell/scope';

type Props = { workload: WorkloadFragment };

/** Opens the question that the button of the same name opens. */
function Ask({ verb, environment }: { verb: Verb; environment: string }) {
  const [, change] = useParameters();
  return (
    <Button variant="link" size="sm" isInline onClick={() => change({ do: verb, at: environment })}>
      {VERBS[verb].name}
    </Button>
  );
}

export function NextStep({ workload }: Props) {
  const next = nextOf(workload, useMay());
  if (!next) return null;
  return (
    <div className="mp-quiet">
      {next.is === 'verb' && (
        <>
          <Ask verb={next.verb} environment={workload.environment} /> {next.text}
        </>
      )}
      {next.is === 'runtime' && <Link to={`/runtimes/${encodeURIComponent(workload.runtime)}`}>{next.text}</Link>}
      {next.is === 'text' && <>Next: {visible(next.text)}</>}
    </div>
  );
}

/** Beside the state of a workload that goes on with what ran before. */
export function NewestRefused() {
  return (
    <Label color="orange" icon={<WarningIcon />} isCompact>
      Newest commit refused
    </Label>
  );
}

/** Commits that no deployment shows, because a hold keeps them back. */
export function Waiting({ workload }: Props) {
  const may = useMay();
  const { held, behind, environment } = workload;
  if (!held || behind === 0) return null;
  return (
    <p className="mp-after">
      Behind the hold in {environment}, {waits(behind)}
      {may(VERBS.resume.needs) && (
        <>
          : <Ask verb="resume" environment={environment} /> to deploy it
        </>
      )}
      .
    </p>
  );
}

/** Each route that somebody holds, with the way to let it go. */
export function HeldRoutes({ workload }: Props) {
  const may = useMay();
  const holding = useHolding();
  const { integration, project, environment, routes } = workload;
  const held = routes.filter((one) => holdOf(routes, one.route) === one);
  if (held.length === 0 && !holding.remark) return null;
  return (
    <>
      {held.map((hold) => {
        const place = { integration, project, environment, route: hold.route };
        if (holding.asked && holding.isAsked(place))
          return <HoldQuestion key={hold.route} asked={holding.asked} holding={holding} />;
        return (
          <div key={hold.route} className="mp-search-bar">
            <Link to={`/integrations/${encodeURIComponent(integration)}/routes/${encodeURIComponent(hold.route)}`}>
              {hold.route}
            </Link>
            <Held hold={hold} />
            {may(NEEDS) && <HoldButtons place={place} hold={hold} holding={holding} isSmall />}
          </div>
        );
      })}
      {holding.remark && (
        <p className="mp-why" aria-live="polite">
          {visible(holding.remark)}
        </p>
      )}
    </>
  );
}
