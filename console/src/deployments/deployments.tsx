import { midplane } from '../model/command';
import { CopyCommand } from '../parts/command';
import { Screen } from '../parts/screen';
import { History } from './history';

export function Deployments() {
  return (
    <Screen
      title="Deployments"
      lead="One release, asked to run in one environment. What fails or is refused leaves the release before it running."
      actions={<CopyCommand command={midplane('get', 'deployments')} />}
    >
      <History />
    </Screen>
  );
}
