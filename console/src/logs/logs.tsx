import { IntegrationsDocument } from '../api/generated';
import { useApi } from '../api/hooks';
import { Loaded } from '../parts/loaded';
import { Screen } from '../parts/screen';
import { useScope } from '../shell/scope';
import { LogView } from './view';

export function Logs() {
  const { environment } = useScope();
  const integrations = useApi(IntegrationsDocument, { environment });
  return (
    <Screen title="Logs" lead="Read from the runtimes when you look; nothing of it is stored here.">
      <Loaded query={integrations} what="integrations">
        {(found) => <LogView workloads={found.integrations.flatMap((one) => one.workloads)} canChoose />}
      </Loaded>
    </Screen>
  );
}
