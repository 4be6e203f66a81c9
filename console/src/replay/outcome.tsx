// What became of a replay or a send: followed until its runtime has said it, then laid beside the original.

import { Alert } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { type ApiError, request } from '../api/client';
import { DeliveryDocument, type DeliveryFragment, MessageDiffDocument, type MessageDiffQuery } from '../api/generated';
import { Beside as Compared } from '../message/compared';
import { type Content, contentType, editedAs } from '../model/content';
import { became, isOver, wentWrong } from '../model/delivery';
import { short } from '../model/id';
import type { Tone } from '../model/state';
import { pretty, visible } from '../model/text';
import { Link } from '../parts/link';
import { Difference, Text } from '../parts/text';
import { Refused } from './refused';
import { type OfGroup, ResolveFailure } from './resolve';
import { untilStored } from './stored';
import { Why } from './why';

const VARIANTS: Record<Tone, 'success' | 'danger' | 'warning' | 'info'> = {
  good: 'success',
  bad: 'danger',
  held: 'warning',
  busy: 'info',
  quiet: 'info',
};

/** Often enough to be there when it is. */
const LOOK_MS = 500;
/** What its runtime has not said within a few seconds may take a while. */
const LATER_MS = 3_000;

/** The delivery as it is now. */
export function useDelivery(asked: DeliveryFragment): DeliveryFragment {
  const found = useQuery({
    queryKey: ['Delivery', { id: asked.id }],
    queryFn: ({ signal }) => request(DeliveryDocument, { id: asked.id }, signal),
    enabled: !isOver(asked),
    refetchInterval: (query) => {
      if (query.state.data?.replay?.outcome) return false;
      return Date.now() - Date.parse(asked.askedAt) < 20_000 ? LOOK_MS : LATER_MS;
    },
  });
  const now = found.data?.replay ?? asked;
  const queries = useQueryClient();
  const isDone = isOver(now);
  useEffect(() => {
    if (isDone) void queries.invalidateQueries({ queryKey: ['Replays'] });
  }, [isDone, queries]);
  return now;
}

type Props = {
  asked: DeliveryFragment;
  /** What went in, and what was recorded, where they differ. */
  edited?: { from: Content; to: Content } | undefined;
  /** What had gone wrong in what it repeats. */
  repairs?: OfGroup | undefined;
};

export function Outcome({ asked, edited, repairs }: Props) {
  const now = useDelivery(asked);
  const { tone, text } = became(now, repairs !== undefined);
  const where = { integration: now.integration, route: now.route };
  const place = useRef<HTMLElement>(null);
  // The question that stood here had the focus.
  useEffect(() => {
    place.current?.focus();
  }, []);
  return (
    <section ref={place} tabIndex={-1} aria-label="Result" aria-live="polite" className="mp-stack mp-result">
      {now.outcome === 'not_done' ? (
        <Refused text={`Not done: ${now.reason ?? 'its runtime did not say why'}`} code={now.code} where={where} />
      ) : (
        <Alert isInline variant={VARIANTS[tone]} component="p" title={text}>
          {now.reason && <p>{visible(now.reason)}</p>}
          {now.code && <p className="mp-code">{now.code}</p>}
          {now.message && wentWrong(now.outcome ?? '') ? (
            <Why message={now.message} errorClass={now.errorClass} reason={now.reason} />
          ) : (
            now.message && (
              <p>
                <Link to={`/messages/${now.message}`}>Open message {short(now.message)}</Link>
              </p>
            )
          )}
          {repairs && now.outcome === 'completed' && <ResolveFailure of={repairs} />}
        </Alert>
      )}
      {now.reply !== null && now.reply !== undefined && (
        <div>
          <h3 className="mp-h">The route answered</h3>
          {now.reply === '' ? (
            <p className="mp-quiet">An empty answer.</p>
          ) : (
            <Text>{pretty(now.reply, editedAs(now.reply, undefined))}</Text>
          )}
        </div>
      )}
      {edited && <Edited {...edited} />}
      {now.original && now.message && <BesideOriginal original={now.original} message={now.message} />}
    </section>
  );
}

/** What somebody changed before it went in. */
export function Edited({ from, to }: { from: Content; to: Content }) {
  const [left, right] = [lines(from), lines(to)];
  if (left.join('\n') === right.join('\n')) return null;
  return (
    <div>
      <h3 className="mp-h">What you changed of it</h3>
      <Difference left={left} right={right} near={1} />
    </div>
  );
}

function lines(content: Content): string[] {
  const { body } = content;
  const headers = content.headers.map(
    ({ name, kind, value }) => `${name}${kind === 'text' ? '' : ` (${kind})`}: ${value}`,
  );
  if (body.is === 'none') return [...headers, '(no body)'];
  if (body.is === 'bytes') return [...headers, `(bytes) ${body.base64}`];
  return [...headers, ...pretty(body.text, editedAs(body.text, contentType(content))).split('\n')];
}

function BesideOriginal({ original, message }: { original: string; message: string }) {
  const diff = useQuery<MessageDiffQuery, ApiError>({
    queryKey: ['MessageDiff', { left: original, right: message }],
    queryFn: ({ signal }) => request(MessageDiffDocument, { left: original, right: message }, signal),
    ...untilStored,
  });
  if (diff.error) {
    return (
      <p className="mp-quiet">
        It is not stored yet, so it is not compared: {visible(diff.error.message)} <code>{diff.error.code}</code>
      </p>
    );
  }
  if (!diff.data) return <p className="mp-quiet">Being compared with the original as soon as it is stored.</p>;
  return (
    <div>
      <h3 className="mp-h">Beside the original</h3>
      <Compared diff={diff.data.messageDiff} left="The original" right="The replay" />
    </div>
  );
}
