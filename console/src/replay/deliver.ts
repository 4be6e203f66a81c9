// Asking for a replay. The server waits for what the runtime says of it, up to a minute; what it does not know by then
// is said as such (MP-API-09, MP-RPL-14) and found among the message's replays later. Nothing is asked for twice by itself.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ApiError, request } from '../api/client';
import { type DeliveryFragment, ReplayMessageDocument, type ReplayMessageMutationVariables } from '../api/generated';

export function useReplay(message: string) {
  const queries = useQueryClient();
  return useMutation<DeliveryFragment, ApiError, Omit<ReplayMessageMutationVariables, 'message'>>({
    mutationFn: async (variables) => (await request(ReplayMessageDocument, { ...variables, message })).replayMessage,
    onSettled: () => {
      for (const name of ['Replays', 'RelatedMessages', 'Messages', 'FailureGroups', 'FailureGroup'])
        void queries.invalidateQueries({ queryKey: [name] });
    },
  });
}
