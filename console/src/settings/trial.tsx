import { Alert, FormFieldGroup, FormFieldGroupHeader, TextArea } from '@patternfly/react-core';
import { useState } from 'react';
import { TryCaptureDocument } from '../api/generated';
import { useChange } from '../api/hooks';
import { midplane } from '../model/command';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Failed } from '../parts/failed';
import { Text } from '../parts/text';

type Props = {
  place: { environment: string | null; project: string | null; integration: string | null; route: string | null };
  settings: string;
  isUsable: boolean;
};

/** What would be stored of a body under these settings. It is looked at and forgotten. */
export function Trial({ place, settings, isUsable }: Props) {
  const [body, setBody] = useState('');
  const run = useChange(TryCaptureDocument);
  const done = run.data?.tryCapture;
  return (
    <FormFieldGroup
      header={
        <FormFieldGroupHeader
          titleText={{ text: 'Try it on a body', id: 'trial' }}
          titleDescription="Shows what would be stored of it. Nothing of it is kept, and nothing is set yet."
          actions={
            <CopyCommand
              command={midplane('redact', 'test', 'FILE', place.integration && `--integration=${place.integration}`)}
            />
          }
        />
      }
    >
      <TextArea
        value={body}
        aria-label="A body to try"
        placeholder={'{"customer": "ana@example.org", "card": "4111 1111 1111 1111"}'}
        rows={5}
        resizeOrientation="vertical"
        className="mp-mono"
        onChange={(_, value) => setBody(value)}
      />
      <div className="mp-search-bar">
        <Act
          variant="secondary"
          isDisabled={!body || !isUsable}
          isBusy={run.isPending}
          onClick={() => run.mutate({ ...place, settings, body, contentType: null })}
        >
          Try
        </Act>
        <Failed error={run.error} />
      </div>
      {done && (
        <div aria-live="polite">
          <p className="mp-h">This body would be stored as</p>
          {done.kept === null || done.kept === undefined ? (
            <Alert
              isInline
              isPlain
              variant="info"
              component="p"
              title={
                done.isUnreadable
                  ? 'Nothing: a rule asks for a path, and the body cannot be read as one expects.'
                  : `Nothing of it: what is recorded there is ${done.level === 'off' ? 'counts' : done.level} only.`
              }
            />
          ) : (
            <Text>{done.kept}</Text>
          )}
          {done.isCut && <p className="mp-quiet">Only the beginning is kept.</p>}
          {done.hidden.length > 0 ? (
            <ul>
              {done.hidden.map((one) => (
                <li key={`${one.line}:${one.column}`}>
                  line {one.line}, column {one.column}: hidden by <code>{visible(one.rule)}</code>
                </li>
              ))}
            </ul>
          ) : (
            !done.isUnreadable && <p className="mp-quiet">Nothing is hidden.</p>
          )}
        </div>
      )}
    </FormFieldGroup>
  );
}
