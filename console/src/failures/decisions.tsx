// What somebody decided about a group: its state, who has it, a note. Each change can be taken back where that is simple.

import {
  Button,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextArea,
  TextInput,
} from '@patternfly/react-core';
import { useState } from 'react';
import type { FailureGroupFragment } from '../api/generated';
import { useMay, useViewer } from '../api/hooks';
import { type Change, commandOf, isRepaired, mute, offered, reopens, SPANS, saysRepaired } from '../model/failure';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { takeFocus, useReturn } from '../parts/focus';
import { type Changing, useChanging } from './change';
import { Mark } from './mark';
import { Said } from './said';

/** What the server keeps. */
const LONGEST_NOTE = 4_000;
const LONGEST_NAME = 200;

export function Decisions({ group }: { group: FailureGroupFragment }) {
  const may = useMay();
  const changing = useChanging();
  const manages = may('failure:manage');
  return (
    <div className="mp-stack">
      <div>
        <Mark group={group} />
        {group.state === 'RETURNED' && (
          <p>It was resolved, and happened again on a release that was deployed afterwards.</p>
        )}
        {group.stillFailing && (
          <p>
            It was resolved, and messages that began afterwards failed so too, on the release that ran then: what mends
            it is not deployed yet, or does not mend it. Look again, or mute it until it is mended.
          </p>
        )}
      </div>
      {isRepaired(group) && (
        <p>
          <strong>{saysRepaired(group)}.</strong>{' '}
          {manages
            ? 'Resolve it? It says so when it happens again, and returns with a later release that does.'
            : 'It can be resolved.'}
        </p>
      )}
      {manages && <States group={group} changing={changing} />}
      <Said changing={changing} />
      <Assignee group={group} changing={changing} manages={manages} />
      <Note group={group} changing={changing} manages={manages} />
    </div>
  );
}

type Props = { group: FailureGroupFragment; changing: Changing };

function States({ group, changing }: Props) {
  const [span, setSpan] = useState('1d');
  const verbs = offered(group.state, group.stillFailing);
  const muted = mute(SPANS.find(([key]) => key === span)?.[2] ?? null, Date.now());
  const button = (name: string, change: Change, isFirst: boolean) => (
    <Act
      size="sm"
      variant={isFirst ? 'primary' : 'secondary'}
      isBusy={changing.isBusy}
      spins={false}
      onClick={() => changing.make(group, change)}
    >
      {name}
    </Act>
  );
  return (
    <div className="mp-form-line">
      {verbs.includes('reopen') && button(reopens(group.state), { do: 'reopen' }, true)}
      {verbs.includes('reopen') && <CopyCommand command={commandOf(group.fingerprint, { do: 'reopen' })} />}
      {verbs.includes('resolve') && button('Resolve', { do: 'resolve' }, verbs[0] === 'resolve')}
      {verbs.includes('resolve') && <CopyCommand command={commandOf(group.fingerprint, { do: 'resolve' })} />}
      {verbs.includes('mute') && (
        <>
          <FormSelect
            value={span}
            onChange={(_, value) => setSpan(value)}
            aria-label="How long to mute it"
            className="mp-narrow"
          >
            {SPANS.map(([key, name]) => (
              <FormSelectOption key={key} value={key} label={name} />
            ))}
          </FormSelect>
          {button('Mute', muted, false)}
          <CopyCommand command={commandOf(group.fingerprint, muted, span)} />
        </>
      )}
    </div>
  );
}

type EditProps = Props & { manages: boolean };

function Assignee({ group, changing, manages }: EditProps) {
  const me = useViewer().data?.viewer.label;
  const [name, setName] = useState<string>();
  const back = useReturn(name !== undefined);
  const { assignee } = group;
  if (name !== undefined)
    return (
      <form
        className="mp-form-line"
        onSubmit={(event) => {
          event.preventDefault();
          changing.make(group, { do: 'assign', to: name.trim() || null }, () => setName(undefined));
        }}
      >
        <TextInput
          ref={takeFocus}
          value={name}
          onChange={(_, text) => setName(text)}
          maxLength={LONGEST_NAME}
          aria-label="Who looks after it"
          className="mp-narrow"
        />
        <Act size="sm" type="submit" isBusy={changing.isBusy}>
          Assign
        </Act>
        <Button size="sm" variant="link" onClick={() => setName(undefined)}>
          Cancel
        </Button>
        <CopyCommand command={commandOf(group.fingerprint, { do: 'assign', to: name.trim() || null })} />
      </form>
    );
  return (
    <div className="mp-form-line">
      <span>
        {assignee ? (
          <>
            <strong>{visible(assignee)}</strong> looks after it.
          </>
        ) : (
          'Nobody looks after it yet.'
        )}
      </span>
      {manages && me && assignee !== me && (
        <Act
          size="sm"
          variant="link"
          isBusy={changing.isBusy}
          spins={false}
          onClick={() => changing.make(group, { do: 'assign', to: me })}
        >
          Assign to me
        </Act>
      )}
      {manages && (
        <Button ref={back} size="sm" variant="link" onClick={() => setName(assignee ?? '')}>
          {assignee ? 'Assign to another' : 'Assign'}
        </Button>
      )}
    </div>
  );
}

function Note({ group, changing, manages }: EditProps) {
  const [text, setText] = useState<string>();
  const back = useReturn(text !== undefined);
  const { note } = group;
  if (text !== undefined)
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault();
          changing.make(group, { do: 'note', note: text.trim() || null }, () => setText(undefined));
        }}
      >
        <TextArea
          ref={takeFocus}
          value={text}
          onChange={(_, value) => setText(value)}
          maxLength={LONGEST_NOTE}
          rows={4}
          resizeOrientation="vertical"
          aria-label="Note"
        />
        <HelperText>
          <HelperTextItem>What is known, and what was tried. Everybody who sees the failure sees it.</HelperTextItem>
        </HelperText>
        <div className="mp-form-line">
          <Act size="sm" type="submit" isBusy={changing.isBusy}>
            Keep
          </Act>
          <Button size="sm" variant="link" onClick={() => setText(undefined)}>
            Cancel
          </Button>
          <CopyCommand command={commandOf(group.fingerprint, { do: 'note', note: text.trim() || null })} />
        </div>
      </form>
    );
  return (
    <div>
      {note ? <p className="mp-note">{visible(note)}</p> : <p className="mp-quiet">No note.</p>}
      {manages && (
        <Button ref={back} size="sm" variant="link" isInline onClick={() => setText(note ?? '')}>
          {note ? 'Change the note' : 'Write a note'}
        </Button>
      )}
    </div>
  );
}
