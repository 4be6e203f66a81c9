// A runtime that was just added: the command that is shown once, and whether it connected since.

import { Alert, Button, List, ListItem } from '@patternfly/react-core';
import { type AddRuntimeMutation, LiveRuntimesDocument, RuntimeDocument } from '../api/generated';
import { useApi, useReadAgainOn } from '../api/hooks';
import { midplane } from '../model/command';
import { dials, isLoopback } from '../model/join';
import { Command, LongCommand } from '../parts/command';
import { Link } from '../parts/link';
import { Screen } from '../parts/screen';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { RunsOn } from './runs-on';

type Props = {
  added: AddRuntimeMutation['addRuntime'];
  /** Shows the runtime, where this is in the place of its page. */
  look?: () => void;
};

/** What is to be done on the machine, until it is connected. */
export function Waiting({ added, look }: Props) {
  const { name } = added.runtime;
  const runtime = useApi(RuntimeDocument, { name }, { refreshMs: 5_000 });
  useReadAgainOn(LiveRuntimesDocument, {}, ['Runtime']);
  const state = runtime.data?.runtime?.state ?? 'awaited';
  const isThere = state === 'connected';
  const runs = runtime.data?.runtime?.purposes.includes('run') ?? false;
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
          Put the program there: it is one file, the same <code>midplane</code> that runs here. Copy it to a folder of
          its PATH.
        </ListItem>
        <ListItem>
          Join, once, within 15 minutes. The command is shown only now; the page of the runtime makes a new one, as long
          as it is awaited.
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
            {look ? (
              <Button variant="link" isInline onClick={look}>
                look at it
              </Button>
            ) : (
              <Link to={`/runtimes/${encodeURIComponent(name)}`}>look at it</Link>
            )}
            {runs && ', or let an environment run on it'}.
          </span>
        ) : (
          <span className="mp-quiet">
            Waiting for it to connect; this page says so by itself
            {runs && ', and lets you choose then which environment runs on it'}.
          </span>
        )}
      </div>
      {isThere && runs && <RunsOn id={added.runtime.id} name={name} />}
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
