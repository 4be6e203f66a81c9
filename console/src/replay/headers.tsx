// Headers with their types, to be changed. Folded while nobody needs them: most messages have more than they have body.

import { Button, ExpandableSection, FormSelect, FormSelectOption, TextInput } from '@patternfly/react-core';
import RemoveIcon from '@patternfly/react-icons/dist/esm/icons/minus-circle-icon';
import { useState } from 'react';
import { type Header, headerProblem, KIND_NAMES, KINDS, type Kind } from '../model/content';

type Props = { headers: Header[]; change: (headers: Header[]) => void };

export function HeadersEditor({ headers, change }: Props) {
  const [isOpen, setOpen] = useState(false);
  const isWrong = headers.some((header) => headerProblem(header) !== undefined);
  const put = (at: number, part: Partial<Header>) =>
    change(headers.map((header, place) => (place === at ? { ...header, ...part } : header)));
  const said = headers.length === 1 ? '1 header' : `${headers.length || 'No'} headers`;
  return (
    <ExpandableSection
      toggleText={said}
      isExpanded={isOpen || isWrong}
      onToggle={(_, next) => setOpen(next)}
      className="mp-header-edit"
    >
      {headers.length > 0 && (
        <table className="mp-steps">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Type</th>
              <th scope="col">Value</th>
              <th scope="col">Remove</th>
            </tr>
          </thead>
          <tbody>
            {headers.map((header, at) => {
              const wrong = headerProblem(header);
              const what = header.name || `header ${at + 1}`;
              return (
                <tr key={at}>
                  <td>
                    <TextInput
                      value={header.name}
                      aria-label={`Name of header ${at + 1}`}
                      onChange={(_, name) => put(at, { name })}
                    />
                  </td>
                  <td>
                    <FormSelect
                      value={header.kind}
                      aria-label={`Type of ${what}`}
                      onChange={(_, kind) => put(at, { kind: kind as Kind })}
                    >
                      {KINDS.map((kind) => (
                        <FormSelectOption key={kind} value={kind} label={KIND_NAMES[kind]} />
                      ))}
                    </FormSelect>
                  </td>
                  <td>
                    <TextInput
                      value={header.kind === 'null' ? '' : header.value}
                      isDisabled={header.kind === 'null'}
                      aria-label={`Value of ${what}`}
                      validated={wrong ? 'error' : 'default'}
                      onChange={(_, value) => put(at, { value })}
                    />
                    {wrong && <div className="mp-bad mp-why">{wrong}</div>}
                  </td>
                  <td>
                    <Button
                      variant="plain"
                      size="sm"
                      icon={<RemoveIcon />}
                      aria-label={`Remove ${what}`}
                      onClick={() => change(headers.filter((_, place) => place !== at))}
                    />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <Button
        variant="link"
        isInline
        size="sm"
        onClick={() => {
          setOpen(true);
          change([...headers, { name: '', kind: 'text', value: '' }]);
        }}
      >
        Add a header
      </Button>
    </ExpandableSection>
  );
}
