import { Button } from '@patternfly/react-core';
import { type ReactNode, useState } from 'react';
import { MessageLogDocument, type MessageLogQuery } from '../api/generated';
import { useApi } from '../api/hooks';
import { folded } from '../model/long-text';
import { cut, visible } from '../model/text';
import { clock } from '../model/time';
import { Link } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';

type Of = { id: string; integration: string; startedAt: string; durationUs?: number | null };

/** A little before it began until a little after it ended. */
const AROUND_MS = 5_000;

function around({ startedAt, durationUs }: Of): string {
  const at = Date.parse(startedAt);
  const end = at + (durationUs ?? 0) / 1000 + AROUND_MS;
  return `${new Date(at - AROUND_MS).toISOString()}..${new Date(end).toISOString()}`;
}

/** What was logged while the message was worked on. */
export function MessageLog({ of }: { of: Of }) {
  const log = useApi(MessageLogDocument, { id: of.id }, { keep: false });
  return (
    <Loaded query={log} what="its log">
      {({ messageLog: all }) =>
        all.length === 0 ? (
          <Empty title="No line is known to be of this message">
            A line of another thread may not say which message it is of. Look around {clock(new Date(of.startedAt))} in{' '}
            <AroundIt of={of}>the log of {of.integration}</AroundIt>.
          </Empty>
        ) : (
          <>
            <pre className="mp-log mp-log-near" tabIndex={0}>
              {all.map((line, at) => (
                <Entry key={at} line={line} />
              ))}
            </pre>
            <p>
              <AroundIt of={of}>What else was logged around that time</AroundIt>
            </p>
          </>
        )
      }
    </Loaded>
  );
}

function AroundIt({ of, children }: { of: Of; children: ReactNode }) {
  return (
    <Link to="/logs" parameters={{ integration: of.integration, at: around(of) }}>
      {children}
    </Link>
  );
}

function Entry({ line }: { line: MessageLogQuery['messageLog'][number] }) {
  const [isOpen, setOpen] = useState(false);
  const level = line.level.toUpperCase();
  const text = cut(line.text).text;
  const { shown, lines } = folded(text, line.stack);
  return (
    <span className="mp-log-line">
      {clock(new Date(line.at), true)} <span className={`mp-level-${level}`}>{level}</span>{' '}
      {visible(isOpen ? `${text}${line.stack ? `\n${line.stack.trimEnd()}` : ''}` : shown)}
      {'\n'}
      {lines > 0 && (
        <Button variant="link" isInline size="sm" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Show the first lines only' : `Show all ${lines} lines`}
        </Button>
      )}
    </span>
  );
}
