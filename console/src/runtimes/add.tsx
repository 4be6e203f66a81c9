// Adds a runtime: a name, one command, and the page says by itself when it is connected.

import {
  ActionGroup,
  Alert,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  List,
  ListItem,
  Radio,
  TextInput,
} from '@patternfly/react-core';
import { useState } from 'react';
import { AddRuntimeDocument, type AddRuntimeMutation, LiveRuntimesDocument, RuntimeDocument } from '../api/generated';
import { useApi, useChange, useMay, useReadAgainOn } from '../api/hooks';
import { midplane } from '../model/command';
import { dials, isLoopback } from '../model/join';
import { Act } from '../parts/act';
import { Command, CopyCommand, LongCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Empty } from '../parts/loaded';
import { Screen } from '../parts/screen';
import { State } from '../parts/state';
import { Ago } from '../parts/time';

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

function Waiting({ added }: { added: AddRuntimeMutation['addRuntime'] }) {
  const { name } = added.runtime;
  const runtime = useApi(RuntimeDocument, { name }, { refreshMs: 5_000 });
  useReadAgainOn(LiveRuntimesDocument, {}, ['Runtime']);
  const state = runtime.data?.runtime?.state ?? 'awaited';
  const isThere = state === 'connected';
  const address = dials(added.command) ?? '';
  return (
    <Screen title={`Add ${name}`} lead="On the machine that is to be the runtime, in this order.">
      {isLoopback(address) && (
        <Alert isInline variant="warning" component="h2" title={`${address} is reached from this machine only`}>
          For other machines, start Midplane with an address that they reach: <code>midplane up --link ADDR</code>, or{' '}
          <code>midplane server --public-link ADDR</code>. A command made after that names the new address.
        </Alert>
      )}
      <List component="ol" className="mp-stack">
        <ListItem>
          Put the program there: it is one file. Copy the <code>midplane</code> that runs here to its PATH, or run{' '}
          <code>cargo xtask install</code> in a clone there.
        </ListItem>
        <ListItem>
          Join, once, within 15 minutes. The command is shown only now.
          <LongCommand label="Command to run on the machine">{added.command}</LongCommand>
        </ListItem>
        <ListItem>
          Start it, and keep it running.
          <Command label="Command that starts the runtime">{midplane('runner', 'run')}</Command>
        </ListItem>
      </List>
      <p className="mp-h">What the program there will be allowed to do</p>
      <List>
        {added.permissions.map((one) => (
          <ListItem key={one}>{one}</ListItem>
        ))}
      </List>
      <div className="mp-search-bar mp-tab" aria-live="polite">
        <State state={state} />
        {isThere ? (
          <span>
            Connected <Ago at={runtime.data?.runtime?.lastSeenAt} />. Next:{' '}
            <Link to={`/runtimes/${encodeURIComponent(name)}`}>look at it</Link>, or let an environment use it:{' '}
            <code>{midplane('get', 'environments')}</code>
          </span>
        ) : (
          <span className="mp-quiet">Waiting for it to connect; this page says so by itself.</span>
        )}
      </div>
      {!isThere && (
        <Alert
          isInline
          isPlain
          variant="info"
          component="p"
          title={`It stays waiting? On the machine, \`midplane doctor\` says whether it can reach ${address || 'the address in the command'}.`}
        />
      )}
    </Screen>
  );
}
