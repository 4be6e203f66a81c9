import { type DeploymentFragment, IntegrationsDocument } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { type Standing, standings } from '../model/standing';
import { useScope } from '../shell/scope';

/** What each of them is by now. `deployments` begin with the newest. */
export function useStandings(deployments: DeploymentFragment[]): Map<string, Standing> {
  const may = useMay();
  const { environment } = useScope();
  const integrations = useApi(IntegrationsDocument, { environment }, { enabled: may('integration:read') });
  return standings(
    deployments,
    (integrations.data?.integrations ?? []).flatMap((one) => one.workloads),
  );
}
