import { Screen } from '../parts/screen';
import { MessageSearch } from './search';

export function Messages() {
  return (
    <Screen title="Messages">
      <MessageSearch />
    </Screen>
  );
}
