import {
  DeploymentsDocument,
  EnvironmentsDocument,
  IntegrationsDocument,
  RuntimesDocument,
  SourcesDocument,
} from '../api/generated';
import { useApi, useMay } from '../api/hooks';

/** Of the last days; an older one keeps its id. */
const DEPLOYMENTS = 100;

/** What the console knows by its id, as far as the role may see it. */
export function useNames(): Map<string, string> {
  const may = useMay();
  const integrations = useApi(IntegrationsDocument, {}, { enabled: may('integration:read') }).data?.integrations ?? [];
  const environments = useApi(EnvironmentsDocument, {}, { enabled: may('environment:read') }).data?.environments ?? [];
  const runtimes = useApi(RuntimesDocument, {}, { enabled: may('runtime:read') }).data?.runtimes ?? [];
  const sources = useApi(SourcesDocument, {}, { enabled: may('source:read') }).data?.sources ?? [];
  const deployments =
    useApi(DeploymentsDocument, { environment: null, first: DEPLOYMENTS }, { enabled: may('deployment:read') }).data
      ?.deployments.nodes ?? [];
  const workloads = integrations.flatMap((one) => one.workloads);
  return new Map([
    ...[...integrations, ...environments, ...runtimes, ...sources].map((one) => [one.id, one.name] as const),
    ...deployments.map((one) => [one.id, `${one.release.short} of ${one.integration} in ${one.environment}`] as const),
    ...workloads.map((one) => [one.id, `${one.integration} in ${one.environment}`] as const),
  ]);
}
