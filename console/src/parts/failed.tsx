import { Alert } from '@patternfly/react-core';
import type { ApiError } from '../api/client';

/** What the server said no to, under the button that asked. */
export function Failed({ error }: { error: ApiError | null | undefined }) {
  if (!error) return null;
  return <Alert isInline isPlain variant="danger" component="p" title={`${error.message} ${error.code}`} />;
}
