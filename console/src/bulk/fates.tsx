import { Alert, Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { GOOD, saysTried } from '../model/bulk';
import { visible } from '../model/text';
import { count } from '../model/time';
import { Act } from '../parts/act';
import { Link } from '../parts/link';
import type { Trial } from './trial';

type Props = {
  trial: Trial;
  /** How many can be replayed. */
  total: number;
  /** Tries them again with reads really asked. */
  ask: () => void;
};

/** What became of the messages that were tried. */
export function Fates({ trial, total, ask }: Props) {
  const { done, fates, weaker, error, isRunning } = trial;
  return (
    <div aria-live="polite">
      {error && <p className="mp-bad">Not tried: {visible(error)}</p>}
      {done && (
        <p className="mp-after">
          {saysTried(done, total)}. {trial.asks && 'Reads (GET, HEAD) without a usable reply were really asked. '}
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
      {(trial.asks || (trial.stopsAtRead && !isRunning)) && (
        <div className="mp-confirm mp-after">
          <span>
            A dry run answers every call as it was recorded, so a read that failed then stops it again. Ask it for real
            to see whether the cause is gone: only reads (GET, HEAD), and only the host that the original asked.
          </span>
          <div>
            <Act size="sm" variant="secondary" isBusy={isRunning} onClick={ask}>
              Really ask it (reads only) and try again
            </Act>
          </div>
        </div>
      )}
    </div>
  );
}
