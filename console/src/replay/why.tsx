import { useQuery } from '@tanstack/react-query';
import { type ApiError, request } from '../api/client';
import { MessageDocument, type MessageQuery } from '../api/generated';
import { essence } from '../model/fault';
import { visible } from '../model/text';
import { Link } from '../parts/link';
import { untilStored } from './stored';

type Props = {
  message: string;
  errorClass: string | null | undefined;
  /** What the runtime has said of it already. */
  reason: string | null | undefined;
};

/** Why what was delivered failed. Its class is known at once, the rest when the message is stored. */
export function Why({ message, errorClass, reason }: Props) {
  const found = useQuery<MessageQuery, ApiError>({
    queryKey: ['Message', { id: message }],
    queryFn: ({ signal }) => request(MessageDocument, { id: message }, signal),
    ...untilStored,
  });
  const row = found.data?.message.message;
  const name = row?.errorClass ?? errorClass;
  const text = essence(row?.error ?? '');
  const error = reason?.includes(text) ? '' : text;
  return (
    <>
      {(name || error) && (
        <p className="mp-break">
          {name && <code>{name}</code>} {visible(error)}
        </p>
      )}
      <p>
        <Link to={`/messages/${message}`}>Look at it</Link>
      </p>
    </>
  );
}
