import type { BulkPlanQuery } from '../api/generated';
import { visible } from '../model/text';
import { clock } from '../model/time';
import { Link } from '../parts/link';

type Props = { plan: BulkPlanQuery['replayPlan'] };

/** What the originals have done already, by one of them; and on which release they run now. */
export function Effects({ plan }: Props) {
  const started = Date.parse(plan.startedAt);
  return (
    <>
      {plan.effects.length > 0 && (
        <div>
          The originals have done this already, as <Link to={`/messages/${plan.message}`}>this one</Link> did:
          <ul>
            {plan.effects.map((one) => (
              <li key={`${one.step} ${one.what}`}>
                <code>{visible(one.what)}</code>{' '}
                <span className="mp-quiet">at {clock(new Date(started + one.atUs / 1000))}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {plan.refusal && (
        <span className="mp-bad">
          <Link to={`/messages/${plan.message}`}>This one</Link> cannot go in as it was recorded, and is left out:{' '}
          {visible(plan.refusal)} <span className="mp-code">{plan.refusalCode}</span>
        </span>
      )}
      {plan.then && plan.now && plan.then !== plan.now && (
        <span>
          Then release <code>{plan.then}</code>, now <code>{plan.now}</code>
          {plan.changed === true && ': this route changed'}
          {plan.changed === false && ': this route did not change'}.
        </span>
      )}
    </>
  );
}
