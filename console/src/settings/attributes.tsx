import {
  Button,
  FormFieldGroup,
  FormFieldGroupHeader,
  FormSelect,
  FormSelectOption,
  TextInput,
} from '@patternfly/react-core';
import type { Attribute } from '../model/capture';

/** telemetry: columns of a list, and a look-up row for each message. */
const MOST = 16;

type Props = { all: Attribute[]; wrong: string | undefined; put: (all: Attribute[]) => void };

/** Business keys of a message, by which it is found: `orderId:A-17`. */
export function Attributes({ all, wrong, put }: Props) {
  const change = (at: number, part: Partial<Attribute>) =>
    put(all.map((one, place) => (place === at ? { ...one, ...part } : one)));
  return (
    <FormFieldGroup
      header={
        <FormFieldGroupHeader
          titleText={{ text: 'Attributes', id: 'attributes' }}
          titleDescription="Values to find messages by, as in orderId:A-17. They are taken before anything is hidden."
          actions={
            all.length < MOST && (
              <Button variant="link" onClick={() => put([...all, { name: '', from: 'jsonPath', of: '' }])}>
                Add an attribute
              </Button>
            )
          }
        />
      }
    >
      {all.map((one, at) => (
        <div key={at} className="mp-search-bar">
          <TextInput
            value={one.name}
            aria-label={`Name of attribute ${at + 1}`}
            placeholder="orderId"
            onChange={(_, name) => change(at, { name })}
          />
          <FormSelect
            value={one.from}
            aria-label={`Where attribute ${at + 1} is read`}
            className="mp-narrow"
            onChange={(_, from) => change(at, { from: from as Attribute['from'] })}
          >
            <FormSelectOption value="jsonPath" label="from the JSON path" />
            <FormSelectOption value="header" label="from the header" />
          </FormSelect>
          <TextInput
            value={one.of}
            aria-label={`Path or header of attribute ${at + 1}`}
            placeholder={one.from === 'header' ? 'orderId' : '$.order.id'}
            onChange={(_, of) => change(at, { of })}
          />
          <Button variant="link" onClick={() => put(all.filter((_, place) => place !== at))}>
            Remove
          </Button>
        </div>
      ))}
      {wrong && <p className="mp-bad">{wrong}</p>}
    </FormFieldGroup>
  );
}
