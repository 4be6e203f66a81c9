// What a message carried where it was kept: headers and body, the start beside what came later. Each look is in the audit.

import { Alert, Button, Label } from '@patternfly/react-core';
import { useState } from 'react';
import { MessagePayloadsDocument, type MessagePayloadsQuery } from '../api/generated';
import { useApi } from '../api/hooks';
import { difference } from '../model/diff';
import { cut, language, pretty, visible } from '../model/text';
import { bytes } from '../model/time';
import { Empty, Loaded } from '../parts/loaded';

type Payload = MessagePayloadsQuery['messagePayloads'][number];

const POINTS: Record<string, string> = {
  start: 'At the start of the route',
  failure: 'Where it failed',
  before: 'Before a step',
  end: 'At the end',
};

export function Payloads({ id }: { id: string }) {
  const payloads = useApi(MessagePayloadsDocument, { id }, { keep: false });
  const [compares, compare] = useState(false);
  return (
    <Loaded query={payloads} what="what it carried">
      {({ messagePayloads: all }) => {
        const [first, last] = [all[0], all.at(-1)];
        if (!first || !last) {
          return (
            <Empty title="Nothing that it carried was kept">
              Headers and bodies are kept as the capture settings say:{' '}
              <code>midplane capture NAME --bodies --for 10m</code> keeps them for a while.
            </Empty>
          );
        }
        return (
          <>
            {all.length > 1 && (
              <Button variant="link" isInline onClick={() => compare(!compares)}>
                {compares ? 'Show each by itself' : 'Compare the first with the last'}
              </Button>
            )}
            {compares ? (
              <Difference left={first} right={last} />
            ) : (
              all.map((one) => <Carried key={`${one.step}/${one.point}`} payload={one} />)
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Carried({ payload }: { payload: Payload }) {
  const [isRaw, setRaw] = useState(false);
  const body = payload.body;
  const as = body === null || body === undefined ? 'text' : language(body, payload.contentType);
  const laid = body ? (isRaw ? body : pretty(body, as)) : '';
  return (
    <section className="mp-carried">
      <h3 className="mp-h">
        {POINTS[payload.point] ?? payload.point} <span className="mp-quiet">step {payload.step}</span>{' '}
        {payload.masked && (
          <Label isCompact color="purple">
            masked
          </Label>
        )}{' '}
        {payload.truncated && (
          <Label isCompact color="yellow">
            cut
          </Label>
        )}
      </h3>
      <Headers payload={payload} />
      <p className="mp-quiet">
        {[payload.contentType, payload.class, bytes(payload.size)]
          .filter(Boolean)
          .map((text) => visible(String(text)))
          .join(', ')}{' '}
        {as !== 'text' && (
          <Button variant="link" isInline onClick={() => setRaw(!isRaw)}>
            {isRaw ? 'Laid out' : 'As it was'}
          </Button>
        )}
      </p>
      {payload.masked && (
        <p className="mp-quiet">What a rule names was masked on the runtime, before it was sent here.</p>
      )}
      {payload.truncated && <p className="mp-quiet">Only the beginning was kept.</p>}
      {payload.unavailable ? (
        <Alert
          isInline
          isPlain
          variant="info"
          component="p"
          title={`There is no body: ${visible(payload.unavailable)}`}
        />
      ) : body ? (
        <Text>{laid}</Text>
      ) : payload.bodyBase64 ? (
        <Text>{payload.bodyBase64}</Text>
      ) : (
        <p className="mp-quiet">The body is empty.</p>
      )}
    </section>
  );
}

function Headers({ payload }: { payload: Payload }) {
  if (payload.headers.length === 0) return null;
  return (
    <dl className="mp-headers">
      {payload.headers.map((header) => (
        <div key={header.name} style={{ display: 'contents' }}>
          <dt>{visible(header.name)}</dt>
          <dd className={header.kind === 'masked' ? 'mp-quiet' : undefined}>
            {header.kind === 'masked' ? 'masked' : visible(cut(header.value ?? header.kind).text)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Text of a stranger, inert and bounded: lines that are too long are cut, the rest is behind a button. */
function Text({ children }: { children: string }) {
  const [all, setAll] = useState(false);
  const lines = children.split('\n').map((line) => cut(line));
  const shown = all ? lines : lines.slice(0, 400);
  const more = lines.reduce((sum, line) => sum + line.more, 0);
  return (
    <>
      <pre className="mp-body-text" tabIndex={0}>
        {shown.map((line) => visible(line.text)).join('\n')}
      </pre>
      {more > 0 && <p className="mp-quiet">{more} characters of very long lines are left out.</p>}
      {shown.length < lines.length && (
        <Button variant="link" isInline onClick={() => setAll(true)}>
          All {lines.length} lines
        </Button>
      )}
    </>
  );
}

function Difference({ left, right }: { left: Payload; right: Payload }) {
  const of = (payload: Payload) => {
    const body = payload.body ?? '';
    const headers = payload.headers.map((header) => `${header.name}: ${header.value ?? header.kind}`).sort();
    return [...headers, '', ...pretty(body, language(body, payload.contentType)).split('\n')];
  };
  const { lines, isCut } = difference(of(left), of(right));
  return (
    <>
      <pre className="mp-body-text" tabIndex={0}>
        {lines.map((line, at) => (
          // Lines of a difference have no other identity than their place.
          <span
            key={at}
            className={`mp-log-line ${line.is === 'left' ? 'mp-diff-left' : line.is === 'right' ? 'mp-diff-right' : ''}`}
          >
            {line.is === 'left' ? '- ' : line.is === 'right' ? '+ ' : '  '}
            {visible(cut(line.text).text)}
            {'\n'}
          </span>
        ))}
      </pre>
      {isCut && <p className="mp-quiet">Too long to compare as a whole; the beginnings are compared.</p>}
    </>
  );
}
