import { useNow } from '../parts/now';
import { Ago } from '../parts/time';

type Props = { state: string; until: string | null | undefined };

/** Nobody has to do anything before it ends: a runtime that is connected gets the next one at half its life. */
export function Certificate({ state, until }: Props) {
  const now = useNow(10_000);
  if (!until) return 'none yet';
  return (
    <>
      {state === 'connected' && 'renews itself; '}
      {Date.parse(until) < now ? 'ended' : 'ends'} <Ago at={until} />
    </>
  );
}
