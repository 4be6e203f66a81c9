import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useNavigate } from 'react-router';
import { LiveRuntimesDocument, RuntimesDocument } from '../api/generated';
import { useApi, useMay, useReadAgainOn } from '../api/hooks';
import { midplane } from '../model/command';
import { spoken } from '../model/state';
import { visible } from '../model/text';
import { CopyCommand } from '../parts/command';
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
                  <Th>Runtime</Th>
                  <Th>State</Th>
                  <Th>Purpose</Th>
                  <Th>Last seen</Th>
                  <Th>Version</Th>
                  <Th>Certificate</Th>
                  <Th>Conditions</Th>
                </Tr>
              </Thead>
              <Tbody>
                {found.runtimes.map((one) => {
                  const bad = one.conditions.filter((condition) => !condition.ok);
                  return (
                    <Tr key={one.id}>
                      <Td dataLabel="Runtime">
                        <Link to={`/runtimes/${encodeURIComponent(one.name)}`}>{one.name}</Link>
                      </Td>
                      <Td dataLabel="State">
                        <State state={one.state} />
                        {one.reason && <div className="mp-why">{visible(one.reason)}</div>}
                      </Td>
                      <Td dataLabel="Purpose">{one.purposes.join(', ')}</Td>
                      <Td dataLabel="Last seen">
                        <Ago at={one.lastSeenAt} />
                      </Td>
                      <Td dataLabel="Version">{one.version ?? ''}</Td>
                      <Td dataLabel="Certificate">
                        <Certificate state={one.state} until={one.certificateNotAfter} />
                      </Td>
                      <Td dataLabel="Conditions">
                        {bad.length === 0 ? (
                          <span className="mp-quiet">all good</span>
                        ) : (
                          <span className="mp-bad">
                            {bad.map((condition) => `${spoken(condition.component)}: ${condition.reason}`).join('; ')}
                          </span>
                        )}
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
