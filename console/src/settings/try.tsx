import { Button, Form } from '@patternfly/react-core';
import { useState } from 'react';
import type { CapturesQuery } from '../api/generated';
import { type Place, PlaceFields } from './capture-form';
import { Trial } from './trial';

type Props = { all: CapturesQuery['captures']; close: () => void };

const isSame = (one: Place, other: Place) =>
  (['environment', 'project', 'integration', 'route'] as const).every(
    (key) => (one[key] ?? null) === (other[key] ?? null),
  );

/** What would be recorded of a body as things are set now, without setting anything. */
export function TryNow({ all, close }: Props) {
  const [place, setPlace] = useState<Place>({});
  const { environment = null, project = null, integration = null, route = null } = place;
  const where = { environment, project, integration, route };
  const settings = all.find((one) => isSame(one, where))?.settings ?? '{}';
  return (
    <section className="mp-summary" aria-label="Try what would be recorded">
      <Form onSubmit={(event) => event.preventDefault()}>
        <PlaceFields place={place} isFixed={false} pick={setPlace} />
        <Trial key={JSON.stringify(where)} place={where} settings={settings} isUsable />
      </Form>
      <Button variant="link" onClick={close}>
        Close
      </Button>
    </section>
  );
}
