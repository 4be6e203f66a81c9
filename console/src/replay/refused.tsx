// Why a delivery was not made, in the server's words, with its code and what helps.

import { Alert } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client';
import { advice, type Way } from '../model/refusal';
import { visible } from '../model/text';
import { Link } from '../parts/link';

/** Where it was to be delivered. */
export type Where = { integration: string; route: string | null };

type Props = {
  text: string;
  code: string | null | undefined;
  kind?: string;
  where: Where;
  variant?: 'danger' | 'warning' | 'info';
  /** What else helps, of this very message. */
  children?: ReactNode;
};

export function Refused({ text, code, kind, where, variant = 'danger', children }: Props) {
  const found = advice(code, kind);
  return (
    <Alert isInline variant={variant} component="p" title={visible(text)} className="mp-refused">
      {found && (
        <p>
          {found.next} <Help way={found.way} where={where} />
        </p>
      )}
      {children}
      {code && <p className="mp-code">{code}</p>}
    </Alert>
  );
}

/** The same of what the API threw. */
export function RefusedBy({ error, where }: { error: ApiError | null; where: Where }) {
  if (!error) return null;
  return <Refused text={error.message} code={error.code} kind={error.kind} where={where} />;
}

function Help({ way, where }: { way: Way; where: Where }) {
  const integration = `/integrations/${encodeURIComponent(where.integration)}`;
  if (way === 'route' && where.route) {
    return <Link to={`${integration}/routes/${encodeURIComponent(where.route)}`}>Go to the route</Link>;
  }
  if (way === 'route' || way === 'integration') return <Link to={integration}>Go to {where.integration}</Link>;
  if (way === 'runtimes') return <Link to="/runtimes">Go to the runtimes</Link>;
  if (way !== 'messages') return null;
  return (
    <Link to="/messages" parameters={{ q: `is:replay integration:${where.integration}` }}>
      Look for it
    </Link>
  );
}
