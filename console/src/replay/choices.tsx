// What the send is answered at which a dry run stopped, and what was chosen so far.

import { Button, Radio, TextArea, TextInput } from '@patternfly/react-core';
import { useId, useState } from 'react';
import {
  type Choice,
  type Chosen,
  likeliest,
  options,
  placeOf,
  placeSaid,
  recordedFailure,
  type Stop,
  says,
} from '../model/choice';
import { short } from '../model/id';
import type { Numbers } from '../model/numbers';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { Link } from '../parts/link';

type Props = {
  stop: Stop;
  numbers: Numbers;
  isBusy: boolean;
  /** Tries again with it. */
  pick: (chosen: Chosen) => void;
};

export function ChooseReply({ stop, numbers, isBusy, pick }: Props) {
  const id = useId();
  const offered = options(stop);
  const [is, setIs] = useState<Choice['is']>(likeliest(stop));
  const [from, setFrom] = useState(stop.suggestion ?? '');
  const [text, setText] = useState('');
  const place = placeOf(stop);
  if (!place) return null;
  const choice: Choice = is === 'from' ? { is, id: from.trim() } : is === 'given' ? { is, text } : { is };
  const isWhole = is !== 'from' || from.trim() !== '';
  const go = () => {
    if (isWhole && !isBusy) pick({ place, choice });
  };
  const name = placeSaid(place, numbers);
  const radio = (which: Choice['is'], label: string, description: string) => (
    <Radio
      id={`${id}-${which}`}
      name={id}
      label={label}
      description={description}
      isChecked={is === which}
      onChange={() => setIs(which)}
    />
  );
  return (
    <fieldset
      className="mp-confirm mp-choose"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        event.stopPropagation();
        go();
      }}
    >
      <legend className="mp-h">What is {visible(name)} answered?</legend>
      {recordedFailure(stop) && (
        <p>
          A replay asks it anew. To try that now:{' '}
          <Button variant="link" isInline onClick={() => !isBusy && pick({ place, choice: { is: 'allow' } })}>
            Really ask it
          </Button>
        </p>
      )}
      {offered.includes('from') &&
        radio(
          'from',
          'As another message was answered there',
          stop.suggestion
            ? `The last success${stop.stoppedStep ? ' of this step' : ''} is filled in.`
            : `No success${stop.stoppedStep ? ' of this step' : ''} was found.`,
        )}
      {is === 'from' && (
        <div className="mp-search-bar mp-indent">
          <TextInput value={from} onChange={(_, value) => setFrom(value)} aria-label="Id of the message" />
          {stop.suggestion && stop.suggestion === from && (
            <Link to={`/messages/${stop.suggestion}`} className="mp-nowrap">
              Look at {short(stop.suggestion)}
            </Link>
          )}
        </div>
      )}
      {radio('given', 'A reply that I write', 'A body of your own.')}
      {is === 'given' && (
        <div className="mp-indent">
          <TextArea
            value={text}
            onChange={(_, value) => setText(value)}
            aria-label="The reply"
            rows={4}
            resizeOrientation="vertical"
            className="mp-mono"
          />
        </div>
      )}
      {offered.includes('allow') &&
        radio(
          'allow',
          'Really ask it (reads only)',
          stop.stoppedStep
            ? 'GET and HEAD, and only the host that the original asked.'
            : 'GET and HEAD, and only hosts that messages of this route asked before.',
        )}
      <div>
        <Act size="sm" isDisabled={!isWhole} isBusy={isBusy} onClick={go}>
          Try again with this
        </Act>
      </div>
    </fieldset>
  );
}

type ListProps = { chosen: Chosen[]; numbers: Numbers; drop: (chosen: Chosen) => void };

/** What was chosen, each to be taken back. */
export function ChosenList({ chosen, numbers, drop }: ListProps) {
  if (chosen.length === 0) return null;
  return (
    <div>
      <h3 className="mp-h">In a dry run</h3>
      <ul className="mp-plain-list">
        {chosen.map((one) => {
          const said = visible(says(one, numbers));
          return (
            <li key={JSON.stringify(one.place)}>
              {said}{' '}
              <Button variant="link" isInline size="sm" onClick={() => drop(one)} aria-label={`Forget it: ${said}`}>
                Forget it
              </Button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
