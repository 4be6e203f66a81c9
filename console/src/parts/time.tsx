import { absolute, ago, moment } from '../model/time';
import { useNow } from './now';

/** `12 s ago`, with the instant on hover. */
export function Ago({ at }: { at: string | null | undefined }) {
  const now = useNow(1_000);
  return (
    <time dateTime={at ?? undefined} title={absolute(at, true)}>
      {ago(at, now)}
    </time>
  );
}

/** The instant itself, with how long ago on hover. */
export function At({ at, ms = false }: { at: string | null | undefined; ms?: boolean }) {
  const now = useNow(10_000);
  return (
    <time dateTime={at ?? undefined} title={ago(at, now)}>
      {absolute(at, ms)}
    </time>
  );
}

/** As short as it stays clear: the time of day, with the day when that is another one. */
export function Moment({ at }: { at: string }) {
  const now = useNow(10_000);
  return (
    <time dateTime={at} title={`${absolute(at, true)}, ${ago(at, now)}`}>
      {moment(at, now)}
    </time>
  );
}
