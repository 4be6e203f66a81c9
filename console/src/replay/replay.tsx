// `Replay` on the screen of a message: what it would be is read once, because each look is in the audit; then it is decided.

import { Button, Title } from '@patternfly/react-core';
import CloseIcon from '@patternfly/react-icons/dist/esm/icons/times-icon';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { type ApiError, request } from '../api/client';
import {
  type MessageFragment,
  MessagePayloadsDocument,
  type MessagePayloadsQuery,
  ReplayPlanDocument,
  type ReplayPlanQuery,
} from '../api/generated';
import { draft, recorded } from '../model/replay';
import type { Step } from '../model/steps';
import { Loaded } from '../parts/loaded';
import { ReplayForm } from './form';
import { RefusedBy } from './refused';
import './replay.css';

/** A look at what a message carried, made once while it is open. */
const ONCE = { staleTime: Number.POSITIVE_INFINITY, gcTime: 0, refetchOnWindowFocus: false } as const;

type Props = { row: MessageFragment; steps: Step[]; close: () => void };

export function Replay({ row, steps, close }: Props) {
  const title = useRef<HTMLHeadingElement>(null);
  const plan = useQuery<ReplayPlanQuery, ApiError>({
    queryKey: ['ReplayPlan', { message: row.id }],
    queryFn: ({ signal }) => request(ReplayPlanDocument, { message: row.id }, signal),
    ...ONCE,
  });
  const isRefused = Boolean(plan.data?.replayPlan.refusal);
  const kept = useQuery<MessagePayloadsQuery, ApiError>({
    queryKey: ['MessagePayloads', 'to edit', { id: row.id }],
    queryFn: ({ signal }) => request(MessagePayloadsDocument, { id: row.id }, signal),
    enabled: isRefused,
    ...ONCE,
  });
  useEffect(() => {
    title.current?.focus();
  }, []);
  const where = { integration: row.integration, route: row.route };
  return (
    <section
      className="mp-summary mp-replay"
      aria-label={`Replay ${row.short}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) close();
      }}
    >
      <div className="mp-search-bar">
        <Title headingLevel="h2" size="lg" className="mp-grow">
          <span ref={title} tabIndex={-1}>
            Replay
          </span>
        </Title>
        <Button variant="plain" size="sm" icon={<CloseIcon />} aria-label="Close the replay" onClick={close} />
      </div>
      {plan.error ? (
        <RefusedBy error={plan.error} where={where} />
      ) : (
        <Loaded query={plan} what="what a replay would be">
          {({ replayPlan }) => {
            const content = recorded(replayPlan);
            if (content) return <ReplayForm row={row} plan={replayPlan} steps={steps} from={content} close={close} />;
            return (
              <Kept query={kept}>
                {(found) => (
                  <ReplayForm
                    row={row}
                    plan={replayPlan}
                    steps={steps}
                    from={draft(found)}
                    unavailable={found.find((one) => one.point === 'start')?.unavailable ?? undefined}
                    close={close}
                  />
                )}
              </Kept>
            );
          }}
        </Loaded>
      )}
    </section>
  );
}

type KeptProps = {
  query: UseQueryResult<MessagePayloadsQuery, ApiError>;
  children: (kept: MessagePayloadsQuery['messagePayloads']) => React.ReactNode;
};

function Kept({ query, children }: KeptProps) {
  return (
    <Loaded query={query} what="what was kept of it">
      {({ messagePayloads }) => children(messagePayloads)}
    </Loaded>
  );
}
