// What a message carried: what the chosen step made of it, or every point that was kept. Each look is in the audit.

import { Alert, Button, Label, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { ApiError } from '../api/client';
import type { MessagePayloadsQuery } from '../api/generated';
import {
  absence,
  around,
  comparable,
  isKeptAt,
  isOfSettings,
  nameOf,
  ordered,
  partsOf,
  tellsChanges,
} from '../model/carried';
import { type Numbers, numberOf } from '../model/numbers';
import { type Step, title } from '../model/steps';
import { cut, language, pretty, shortened, visible } from '../model/text';
import { bytes } from '../model/time';
import { Empty, Loaded } from '../parts/loaded';
import { Difference, Text } from '../parts/text';
import { useParameters } from '../shell/scope';
import { RecordMore } from './record-more';

type Payload = MessagePayloadsQuery['messagePayloads'][number];

type Props = {
  query: UseQueryResult<MessagePayloadsQuery, ApiError>;
  /** The step that is looked at. */
  step: number;
  steps: Step[];
  /** Steps as the table numbers them. */
  numbers: Numbers;
  /** Chooses a step and goes to it. */
  seek: (sequence: number) => void;
};

export function Payloads({ query, step, steps, numbers, seek }: Props) {
  const [parameters, change] = useParameters();
  return (
    <Loaded query={query} what="what it carried">
      {({ messagePayloads: kept }) => {
        if (kept.length === 0) {
          return (
            <Empty title="Nothing that it carried was kept">
              Headers and bodies are kept as the capture settings say. For messages to come,{' '}
              <RecordMore>record bodies for ten minutes</RecordMore>, or{' '}
              <code>midplane capture NAME --bodies --for 10m</code>.
            </Empty>
          );
        }
        const compares = parameters.get('carried') === 'change';
        return (
          <>
            {kept.length > 1 && (
              <ToggleGroup aria-label="What to show of it" isCompact>
                <ToggleGroupItem
                  text="As it was kept"
                  isSelected={!compares}
                  onChange={() => change({ carried: null })}
                />
                <ToggleGroupItem
                  text="What changed at the chosen step"
                  isSelected={compares}
                  onChange={() => change({ carried: 'change' })}
                />
              </ToggleGroup>
            )}
            {compares && kept.length > 1 ? (
              <Change {...around(kept, step)} numbers={numbers} />
            ) : (
              <>
                {numbers.has(step) && !isKeptAt(kept, step, numbers.get(step) === '1') && (
                  <NothingAt step={numberOf(numbers, step)} isEach={tellsChanges(kept)} />
                )}
                {ordered(kept).map((one) => (
                  <Carried key={`${one.step}/${one.point}`} payload={one}>
                    <PointName
                      point={one}
                      step={steps.find(({ sequence }) => sequence === one.step)}
                      numbers={numbers}
                      seek={seek}
                    />
                  </Carried>
                ))}
              </>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

/** Why what is shown does not follow the step that was chosen. `isEach`: bodies were kept before the steps. */
function NothingAt({ step, isEach }: { step: string; isEach: boolean }) {
  return (
    <p className="mp-tab" aria-live="polite">
      Nothing was kept at step {step}
      {isEach ? (
        '; what was kept at others is below.'
      ) : (
        <>
          : headers and body are recorded at the start of the route and where it fails. To see every step,{' '}
          <RecordMore>record bodies for ten minutes</RecordMore>.
        </>
      )}
    </p>
  );
}

type ChangeProps = { before: Payload | undefined; after: Payload | undefined; numbers: Numbers };

function Change({ before, after, numbers }: ChangeProps) {
  if (!before || !after) {
    return (
      <p className="mp-tab">
        Nothing was kept {before ? 'after' : 'before'} this step: headers and body are recorded at the start of the
        route and where it fails, and a step between them is compared with those. To see every step,{' '}
        <RecordMore>record bodies for ten minutes</RecordMore>.
      </p>
    );
  }
  const [left, right] = [comparable(before), comparable(after)];
  const same = (of: 'headers' | 'body') => left[of].join('\n') === right[of].join('\n');
  return (
    <section className="mp-carried">
      <p className="mp-tab">
        <span className="mp-diff-left">- {nameOf(before, numbers)}</span>{' '}
        <span className="mp-diff-right">+ {nameOf(after, numbers)}</span>
      </p>
      <h3 className="mp-h">Headers</h3>
      {same('headers') ? (
        <p className="mp-quiet">No header changed.</p>
      ) : (
        <Difference left={left.headers} right={right.headers} near={0} />
      )}
      <h3 className="mp-h">Body</h3>
      {before.unavailable || after.unavailable ? (
        <p className="mp-quiet">
          There is no body {before.unavailable ? 'before' : 'after'} it:{' '}
          {absence(before.unavailable ?? after.unavailable ?? '')}.
        </p>
      ) : before.bodyBase64 || after.bodyBase64 ? (
        <p className="mp-quiet">
          The body is no text; it {before.bodyBase64 === after.bodyBase64 ? 'did not change' : 'changed'}, from{' '}
          {bytes(before.size)} to {bytes(after.size)}.
        </p>
      ) : same('body') ? (
        <p className="mp-quiet">The body did not change.</p>
      ) : (
        <Difference left={left.body} right={right.body} />
      )}
      {(before.truncated || after.truncated) && (
        <p className="mp-quiet">Only the beginning of the body was kept, and compared.</p>
      )}
      {(before.masked || after.masked) && <p className="mp-quiet">Masked parts are compared as their masks.</p>}
    </section>
  );
}

type PointProps = {
  point: Payload;
  /** Missing while it is not read. */
  step: Step | undefined;
  numbers: Numbers;
  seek: (sequence: number) => void;
};

/** What a point is called; the step that it is of is named as the table has it, and leads there. */
function PointName({ point, step, numbers, seek }: PointProps) {
  const { before, step: number, after } = partsOf(point, numbers);
  return (
    <>
      {before}
      {number && step ? (
        <Button variant="link" isInline onClick={() => seek(step.sequence)}>
          {number} {visible(shortened(title(step), NAMED))}
        </Button>
      ) : (
        number
      )}
      {after}
    </>
  );
}

/** Enough to know a step again; an address with all its options is read in the table. */
const NAMED = 60;

/** A point that was kept, under its name. */
function Carried({ payload, children }: { payload: Payload; children: ReactNode }) {
  const [isRaw, setRaw] = useState(false);
  const body = payload.body;
  const as = body === null || body === undefined ? 'text' : language(body, payload.contentType);
  const laid = body ? (isRaw ? body : pretty(body, as)) : '';
  return (
    <section className="mp-carried">
      <h3 className="mp-h">
        {children}{' '}
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
          title={`There is no body: ${visible(absence(payload.unavailable))}`}
        >
          {isOfSettings(payload.unavailable) && (
            <p>
              For messages to come, <RecordMore>let bodies be recorded</RecordMore>.
            </p>
          )}
        </Alert>
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
