// Adds a runtime: a name, one command, and the page says by itself when it is connected.

import {
  ActionGroup,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Radio,
  TextInput,
} from '@patternfly/react-core';
import { useState } from 'react';
import { AddRuntimeDocument } from '../api/generated';
import { useChange, useMay } from '../api/hooks';
import { midplane } from '../model/command';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Empty } from '../parts/loaded';
import { Screen } from '../parts/screen';
import { Waiting } from './waiting';

const PURPOSES = [
  ['run', 'Run', 'runs the workloads of environments that name it'],
  ['build', 'Build', 'resolves dependencies of releases; the control plane never does'],
  ['run,build', 'Run and build', 'both, as for a single machine'],
] as const;

export function AddRuntime() {
  const may = useMay();
  const [name, setName] = useState('');
  const [purpose, setPurpose] = useState<string>('run');
  const add = useChange(AddRuntimeDocument, 'Runtimes');
  if (add.data) return <Waiting added={add.data.addRuntime} />;
  return (
    <Screen
      title="Add a runtime"
      lead="A runtime is a machine that runs workloads. It opens one connection to here and needs no open port."
    >
      {may('runtime:manage') ? (
        <Form
          isWidthLimited
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate({ name, purpose });
          }}
        >
          <FormGroup label="Name" fieldId="name" isRequired>
            <TextInput
              id="name"
              value={name}
              onChange={(_, value) => setName(value)}
              isRequired
              autoComplete="off"
              validated={add.error ? 'error' : 'default'}
            />
            <FormHelperText>
              <HelperText>
                <HelperTextItem variant={add.error ? 'error' : 'default'}>
                  {add.error
                    ? `${add.error.message} ${add.error.code}`
                    : 'Lower case letters, digits and dashes, as in warehouse-1'}
                </HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
          <FormGroup label="What it is for" role="radiogroup" fieldId="purpose">
            {PURPOSES.map(([value, text, about]) => (
              <Radio
                key={value}
                id={`purpose-${value}`}
                name="purpose"
                label={text}
                description={about}
                isChecked={purpose === value}
                onChange={() => setPurpose(value)}
              />
            ))}
          </FormGroup>
          <ActionGroup>
            <Act type="submit" isDisabled={!name} isBusy={add.isPending}>
              Make the command
            </Act>
            <CopyCommand
              command={midplane('runtime', 'add', name || 'NAME', purpose !== 'run' && `--purpose=${purpose}`)}
            />
          </ActionGroup>
        </Form>
      ) : (
        <Empty title="You may not add runtimes">An owner or administrator of the organization can.</Empty>
      )}
    </Screen>
  );
}
