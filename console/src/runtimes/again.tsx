import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ApiError, request } from '../api/client';
import { AddRuntimeDocument, type AddRuntimeMutation, RevokeRuntimeDocument } from '../api/generated';
import { Act } from '../parts/act';
import { Failed } from '../parts/failed';
import { Panel } from '../parts/panel';

type Props = {
  name: string;
  purposes: string[];
  made: (added: AddRuntimeMutation['addRuntime']) => void;
};

/** For a runtime that never joined: its command was shown once and is old by now. It is added anew under its name. */
export function Again({ name, purposes, made }: Props) {
  const queries = useQueryClient();
  const again = useMutation<AddRuntimeMutation, ApiError>({
    mutationFn: async () => {
      await request(RevokeRuntimeDocument, { name });
      return request(AddRuntimeDocument, { name, purpose: purposes.join(',') });
    },
    onSuccess: ({ addRuntime }) => made(addRuntime),
    onSettled: () => queries.invalidateQueries({ queryKey: ['Runtimes'] }),
  });
  return (
    <Panel title="Join">
      <p>
        It waits for the command that was shown when it was added, which is good once, for 15 minutes. A new command
        makes that one useless.
      </p>
      <Act variant="secondary" isBusy={again.isPending} onClick={() => again.mutate()}>
        Make a new command
      </Act>
      <Failed error={again.error} />
    </Panel>
  );
}
