import { Alert, Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { isBad, isHopeless, isOutdated, saysTried } from '../model/bulk';
import { listed } from '../model/id';
import { visible } from '../model/text';
import { count } from '../model/time';
import { Act } from '../parts/act';
import { useReturn } from '../parts/focus';
import { Link } from '../parts/link';
import type { Trial } from './trial';

type Props = {
  trial: Trial;
  /** Tries them again with reads really asked. */
  ask: () => void;
};

/** What became of the messages that were tried. */
export function Fates({ trial, ask }: Props) {
  const { done, fates, weaker, error, isRunning } = trial;
  const outdated = isOutdated(fates);
  // The button that asks is gone as soon as it was pressed.
  const asked = useReturn(trial.asks);
  return (
    <div aria-live="polite">
      {error && <p className="mp-bad">Not tried: {visible(error)}</p>}
      {done && (
        <p className="mp-after" ref={asked} tabIndex={-1}>
          {saysTried(done, isRunning)}. {trial.asks && 'Reads (GET, HEAD) without a usable reply were really asked. '}
          {isRunning && (
            <Button variant="link" isInline onClick={trial.stop}>
              Stop
            </Button>
          )}
        </p>
      )}
      {weaker && <Alert isInline isPlain variant="info" component="p" title={visible(weaker)} />}
      {trial.stopsAtRead && !isRunning && !trial.asks && (
        <div className="mp-confirm mp-after">
          <span>
            {outdated
              ? 'What was recorded there was the failure; a replay asks anew. Really ask it to see whether the cause is gone'
              : 'A dry run answers every call as it was recorded, so a read without a usable reply stops it. Really ask it to see how it goes on'}
            : only reads (GET, HEAD), and only the host that the original asked.
          </span>
          <div>
            <Act size="sm" variant={outdated ? 'primary' : 'secondary'} isBusy={isRunning} onClick={ask}>
              Really ask it (reads only) and try again
            </Act>
          </div>
        </div>
      )}
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
              <Tr key={one.sample}>
                <Td dataLabel="How many">{count(one.count)}</Td>
                <Td dataLabel="What would become of them" className={isBad(one.fate) ? 'mp-why mp-bad' : 'mp-why'}>
                  {visible(one.fate.text)}
                </Td>
                <Td dataLabel="For instance">
                  <Link to={`/messages/${one.sample}`}>
                    <code>{listed(one.sample)}</code>
                  </Link>
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {!isRunning && isHopeless(fates) && (
        <p className="mp-after">All of them would fail again. Mend the cause first; then try again.</p>
      )}
    </div>
  );
}
