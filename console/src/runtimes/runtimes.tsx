import { Alert, AlertActionCloseButton, Button, Label } from '@patternfly/react-core';
import WarningIcon from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useLocation, useNavigate } from 'react-router';
import { LiveRuntimesDocument, type RuntimeFragment, RuntimesDocument } from '../api/generated';
import { useApi, useMay, useReadAgainOn } from '../api/hooks';
import { midplane } from '../model/command';
import { nameOf, stateOf, warnings } from '../model/condition';
import { plural } from '../model/plural';
import { visible } from '../model/text';
import { CopyCommand } from '../parts/command';
import { takeFocus } from '../parts/focus';
import { Link, useAddress } from '../parts/link';
import { Empty, Loaded } from '../parts/loaded';
import { Screen } from '../parts/screen';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { Certificate } from './certificate';

export function Runtimes() {
  const may = useMay();
  const navigate = useNavigate();
  const address = useAddress();
  const runtimes = useApi(RuntimesDocument, {});
  useReadAgainOn(LiveRuntimesDocument, {}, ['Runtimes']);
  const add = may('runtime:manage') && (
    <Button onClick={() => void navigate(address('/runtimes/add'))}>Add a runtime</Button>
  );
  return (
    <Screen
      title="Runtimes"
      lead="Where workloads run. A runtime dials out to here; nothing dials in to it."
      actions={
        <>
          <CopyCommand command={midplane('get', 'runtimes')} />
          {add}
        </>
      }
    >
      <Revoked />
      <Loaded query={runtimes} what="runtimes">
        {(found) =>
          found.runtimes.length === 0 ? (
            <Empty title="No runtime yet" actions={add}>
              One command makes any Linux host a runtime; it needs no open port.
            </Empty>
          ) : (
            <Table aria-label="Runtimes" variant="compact">
              <Thead>
                <Tr>
                  <Th modifier="nowrap">Runtime</Th>
                  <Th modifier="nowrap">State</Th>
                  <Th modifier="nowrap">Purpose</Th>
                  <Th modifier="nowrap">Last seen</Th>
                  <Th modifier="nowrap">Version</Th>
                  <Th modifier="nowrap">Certificate</Th>
                  <Th width={40}>Conditions</Th>
                </Tr>
              </Thead>
              <Tbody>
                {found.runtimes.map((one) => {
                  const advice = warnings(one.conditions);
                  return (
                    <Tr key={one.id}>
                      <Td dataLabel="Runtime" modifier="nowrap">
                        <Link to={`/runtimes/${encodeURIComponent(one.name)}`}>{one.name}</Link>
                      </Td>
                      <Td dataLabel="State">
                        <span className="mp-attributes">
                          <State state={one.state} />
                          {advice.length > 0 && (
                            <Label
                              isCompact
                              color="orange"
                              icon={<WarningIcon />}
                              render={({ className, content }) => (
                                <Link to={`/runtimes/${encodeURIComponent(one.name)}`} className={className}>
                                  {content}
                                </Link>
                              )}
                            >
                              {plural(advice.length, 'warning')}
                            </Label>
                          )}
                        </span>
                        {one.reason && <div className="mp-why">{visible(one.reason)}</div>}
                      </Td>
                      <Td dataLabel="Purpose">{one.purposes.join(', ')}</Td>
                      <Td dataLabel="Last seen" modifier="nowrap">
                        <Ago at={one.lastSeenAt} />
                      </Td>
                      <Td dataLabel="Version">{one.version ?? ''}</Td>
                      <Td dataLabel="Certificate">
                        <Certificate state={one.state} until={one.certificateNotAfter} />
                      </Td>
                      <Td dataLabel="Conditions">
                        <Conditions conditions={one.conditions} />
                      </Td>
                    </Tr>
                  );
                })}
              </Tbody>
            </Table>
          )
        }
      </Loaded>
    </Screen>
  );
}

/** What is not well, in words. */
function Conditions({ conditions }: Pick<RuntimeFragment, 'conditions'>) {
  const bad = conditions.filter((one) => !one.ok);
  if (conditions.length === 0) return <span className="mp-quiet">nothing known yet</span>;
  if (bad.length === 0) return <span className="mp-quiet">all good</span>;
  return (
    <>
      {bad.map((one) => (
        <div key={one.component}>
          <span className={stateOf(one) === 'failing' ? 'mp-bad' : ''}>{nameOf(one.component)}</span>:{' '}
          {visible(one.reason)}
        </div>
      ))}
    </>
  );
}

/** After one was revoked, or withdrawn before it joined, on its own page, which is gone with it. */
function Revoked() {
  const { state } = useLocation();
  const navigate = useNavigate();
  const address = useAddress();
  const name: unknown = state?.revoked;
  if (typeof name !== 'string') return null;
  return (
    <div ref={takeFocus} tabIndex={-1}>
      <Alert
        isInline
        variant="success"
        component="h2"
        title={`${name} is ${state.neverJoined ? 'withdrawn' : 'revoked'}`}
        actionClose={<AlertActionCloseButton onClose={() => void navigate(address('/runtimes'), { replace: true })} />}
      >
        {state.neverJoined
          ? 'Its command is good for nothing now. To use the machine after all, add it again.'
          : 'Its certificate is no good any more. To use the machine again, add it again.'}
      </Alert>
    </div>
  );
}
