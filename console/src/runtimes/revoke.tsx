// Ends a runtime: one that joined for good, one that never joined by making its command useless.

import { Alert, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { RevokeRuntimeDocument } from '../api/generated';
import { useChange } from '../api/hooks';
import { midplane } from '../model/command';
import { plural } from '../model/plural';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { useAddress } from '../parts/link';
import { Panel } from '../parts/panel';

type Props = {
  name: string;
  workloads: number;
  /** There is no certificate to end, and nothing runs there. */
  neverJoined: boolean;
};

export function Revoke({ name, workloads, neverJoined }: Props) {
  const navigate = useNavigate();
  const address = useAddress();
  const revoke = useChange(RevokeRuntimeDocument, 'Runtimes');
  const leave = () => void navigate(address('/runtimes'), { state: { revoked: name, neverJoined } });
  const end = { isBusy: revoke.isPending, onClick: () => revoke.mutate({ name }, { onSuccess: leave }) };
  return (
    <Panel
      title={neverJoined ? 'Withdraw' : 'Revoke'}
      actions={<CopyCommand command={midplane('runtime', 'revoke', name)} />}
    >
      {neverJoined ? (
        <>
          <p>It never joined. Its command is good for nothing afterwards, and it is not listed any more.</p>
          <Act variant="danger" {...end}>
            Withdraw it
          </Act>
        </>
      ) : (
        <Typed name={name} workloads={workloads} end={end} />
      )}
      {revoke.error && (
        <Alert isInline isPlain variant="danger" component="p" title={`${revoke.error.message} ${revoke.error.code}`} />
      )}
    </Panel>
  );
}

type TypedProps = { name: string; workloads: number; end: { isBusy: boolean; onClick: () => void } };

/** What cannot be undone asks for the name. */
function Typed({ name, workloads, end }: TypedProps) {
  const [typed, setTyped] = useState('');
  return (
    <>
      <p>
        Ends its certificate for good and closes its link within a second.{' '}
        {workloads > 0 &&
          `Its ${plural(workloads, 'workload')} ${workloads === 1 ? 'goes' : 'go'} on running, but nobody can reach ${workloads === 1 ? 'it' : 'them'} from here. `}
        Type its name to do it.
      </p>
      <div className="mp-search-bar">
        <TextInput
          value={typed}
          onChange={(_, value) => setTyped(value)}
          aria-label={`Type ${name} to revoke it`}
          className="mp-narrow"
        />
        <Act variant="danger" isDisabled={typed !== name} {...end}>
          Revoke {name}
        </Act>
      </div>
    </>
  );
}
