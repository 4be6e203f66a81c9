import { Alert, Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { GOOD } from '../model/bulk';
import { visible } from '../model/text';
import { count } from '../model/time';
import { Link } from '../parts/link';
import type { Trial } from './trial';

/** What became of the messages that were tried. */
export function Fates({ trial }: { trial: Trial }) {
  const { done, fates, weaker, error, isRunning } = trial;
  return (
    <div aria-live="polite">
      {error && <p className="mp-bad">Not tried: {visible(error)}</p>}
      {done && (
        <p className="mp-after">
          Tried {count(done.tried)} of {count(done.of)} in a sandbox, from which nothing gets out.{' '}
          {isRunning && (
            <Button variant="link" isInline onClick={trial.stop}>
              Stop
            </Button>
          )}
        </p>
      )}
      {weaker && <Alert isInline isPlain variant="info" component="p" title={visible(weaker)} />}
      {fates.length > 0 && (
        <Table aria-label="What would become of them" variant="compact">
          <Thead>
            <Tr>
              <Th modifier="fitContent">How many</Th>
              <Th>What would become of them</Th>
              <Th modifier="fitContent">For instance</Th>
            </Tr>
          </Thead>
          <Tbody>
            {fates.map((one) => (
              <Tr key={one.fate}>
                <Td dataLabel="How many">{count(one.count)}</Td>
                <Td dataLabel="What would become of them" className={one.fate === GOOD ? 'mp-why' : 'mp-why mp-bad'}>
                  {visible(one.fate)}
                </Td>
                <Td dataLabel="For instance">
                  <Link to={`/messages/${one.sample}`}>
                    <code>{one.sample.slice(-4)}</code>
                  </Link>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </div>
  );
}
