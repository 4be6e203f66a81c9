import { type DeploymentFragment, IntegrationsDocument, type WorkloadFragment } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { type Standing, standings } from '../model/standing';
import { useScope } from '../shell/scope';

/** What is deployed by now, of every integration; nothing for a role that may not see it. */
export function useWorkloads(): WorkloadFragment[] {
  const may = useMay();
  const { environment } = useScope();
  const integrations = useApi(IntegrationsDocument, { environment }, { enabled: may('integration:read') });
  return (integrations.data?.integrations ?? []).flatMap((one) => one.workloads);
}

/** What each of them is by now. `deployments` begin with the newest. */
export function useStandings(deployments: DeploymentFragment[]): Map<string, Standing> {
  return standings(deployments, useWorkloads());
}
