// The body of a message as it is going to be: text in an editor, bytes as they are, or none.

import { Button } from '@patternfly/react-core';
import { lazy, Suspense } from 'react';
import { type Body, bodySize, editedAs, jsonProblem } from '../model/content';
import { pretty } from '../model/text';
import { bytes } from '../model/time';

const Editor = lazy(async () => ({ default: (await import('./editor')).Editor }));
const Malformed = lazy(async () => ({ default: (await import('./malformed')).Malformed }));

type Props = {
  body: Body;
  contentType: string | undefined;
  /** What it began with, to go back to. */
  from: Body;
  fromName: string;
  change: (body: Body) => void;
  run: () => void;
};

export function BodyEditor({ body, contentType, from, fromName, change, run }: Props) {
  const isChanged = JSON.stringify(body) !== JSON.stringify(from);
  const as = body.is === 'text' ? editedAs(body.text, contentType) : 'text';
  const isBroken = body.is === 'text' && as === 'json' && jsonProblem(body.text) !== undefined;
  const laid = body.is === 'text' && as !== 'text' && !isBroken ? pretty(body.text, as) : undefined;
  const write = (text: string) => change({ is: 'text', text });
  return (
    <section aria-label="Body">
      <div className="mp-search-bar mp-field-head">
        <h3 className="mp-h mp-grow">
          Body <span className="mp-quiet">{body.is === 'none' ? 'none' : bytes(bodySize(body))}</span>
        </h3>
        {laid !== undefined && body.is === 'text' && laid !== body.text && (
          <Button variant="link" isInline size="sm" onClick={() => write(laid)}>
            Lay it out
          </Button>
        )}
        {body.is !== 'none' && (
          <Button variant="link" isInline size="sm" onClick={() => change({ is: 'none' })}>
            No body
          </Button>
        )}
        {isChanged && (
          <Button variant="link" isInline size="sm" onClick={() => change(from)}>
            {fromName}
          </Button>
        )}
      </div>
      {body.is === 'text' ? (
        <Suspense fallback={<div className="mp-editor mp-quiet">Loading the editor</div>}>
          <Editor text={body.text} language={as} label="Body" change={write} run={run} />
        </Suspense>
      ) : (
        <p className="mp-quiet">
          {body.is === 'bytes' ? 'The body is no text and goes in as it is. ' : 'It goes in without a body. '}
          <Button variant="link" isInline onClick={() => write('')}>
            Write one
          </Button>
        </p>
      )}
      {body.is === 'text' && as !== 'text' && body.text.trim() && (
        <Suspense fallback={null}>
          <Malformed text={body.text} as={as} />
        </Suspense>
      )}
    </section>
  );
}
