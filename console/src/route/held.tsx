// A route that somebody stopped or suspended, and the ways to hold a route and to let it go.

import { Button, Flex, FlexItem, Label } from '@patternfly/react-core';
import HeldIcon from '@patternfly/react-icons/dist/esm/icons/pause-circle-icon';
import { useState } from 'react';
import { HoldRouteDocument, type HoldRouteMutation } from '../api/generated';
import { useChange } from '../api/hooks';
import { holdCommand } from '../model/deliver-command';
import { ACTIONS, type Action, actions, type Hold, heldBy, told } from '../model/hold';
import { visible } from '../model/text';
import { absolute } from '../model/time';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { takeFocus, useReturn } from '../parts/focus';
import { RefusedBy } from '../replay/refused';

/** `stopped by ana`; nothing when nobody holds it. */
export function Held({ hold }: { hold: Hold | undefined }) {
  if (!hold) return null;
  return (
    <Label color="orange" icon={<HeldIcon />} isCompact data-state={hold.state} title={absolute(hold.at)}>
      {visible(heldBy(hold))}
    </Label>
  );
}

export type Place = { integration: string; project: string; environment: string; route: string };

/** What was asked of which route, before it is done. */
export type Asked = { place: Place; action: Action };

/** The question that is open, and what the last one came to. */
export function useHolding() {
  const [asked, setAsked] = useState<Asked>();
  const [last, setLast] = useState<Asked>();
  const [done, setDone] = useState<HoldRouteMutation['holdRoute']>();
  const back = useReturn(asked !== undefined);
  return {
    asked,
    /** What it came to, where that is not what was asked for. */
    remark: done && told(done).tone !== 'good' ? told(done).text : undefined,
    ask: (next: Asked) => {
      setDone(undefined);
      setAsked(next);
    },
    end: (result?: HoldRouteMutation['holdRoute']) => {
      setLast(asked);
      setAsked(undefined);
      setDone(result);
    },
    isAsked: (place: Place) => isSame(asked, place),
    /** The `ref` of its button, when the question was about it. */
    back: (place: Place) => (!asked && isSame(last, place) ? back : null),
  };
}

export type Holding = ReturnType<typeof useHolding>;

function isSame(asked: Asked | undefined, { environment, route }: Place): boolean {
  return asked?.place.route === route && asked.place.environment === environment;
}

type ButtonsProps = { place: Place; hold: Hold | undefined; holding: Holding; isSmall?: boolean };

/** What can be done with a route now. */
export function HoldButtons({ place, hold, holding, isSmall = false }: ButtonsProps) {
  return (
    <Flex gap={{ default: 'gapSm' }} flexWrap={{ default: 'nowrap' }}>
      {actions(hold).map((action, at) => (
        <FlexItem key={action}>
          <Button
            size="sm"
            variant={isSmall ? 'link' : 'secondary'}
            isInline={isSmall}
            aria-label={`${ACTIONS[action].name} ${place.route}`}
            ref={at === 0 ? holding.back(place) : null}
            onClick={() => holding.ask({ place, action })}
          >
            {ACTIONS[action].name}
          </Button>
        </FlexItem>
      ))}
    </Flex>
  );
}

/** What it will do, before it does it, in place. */
export function HoldQuestion({ asked: { place, action }, holding }: { asked: Asked; holding: Holding }) {
  const { integration, environment, route } = place;
  const { name, consequence, isHarmful } = ACTIONS[action];
  const change = useChange(HoldRouteDocument, 'Integrations', 'Routes');
  return (
    <div
      className="mp-confirm"
      role="group"
      aria-label={`${name} ${route}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') holding.end();
      }}
    >
      <span>
        {name} <strong>{visible(route)}</strong> of {integration} in <strong>{environment}</strong>: {consequence}.
      </span>
      <Flex gap={{ default: 'gapSm' }}>
        <Act
          size="sm"
          variant={isHarmful ? 'danger' : 'primary'}
          isBusy={change.isPending}
          ref={takeFocus}
          onClick={() => change.mutate({ ...place, action }, { onSuccess: ({ holdRoute }) => holding.end(holdRoute) })}
        >
          {name}
        </Act>
        <Button size="sm" variant="link" onClick={() => holding.end()}>
          Cancel
        </Button>
        <CopyCommand command={holdCommand(action, integration, route, environment)} />
      </Flex>
      <RefusedBy error={change.error} where={place} />
    </div>
  );
}
