// What is recorded of messages, layer by layer: a narrower one wins. Each can be changed in place, and tried on a body first.

import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useRef, useState } from 'react';
import { CapturesDocument, type CapturesQuery, CloseCaptureDocument, SetCaptureDocument } from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { isNothing, summary } from '../model/capture';
import { midplane } from '../model/command';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Failed } from '../parts/failed';
import { takeFocus, useKeptFocus, useReturn } from '../parts/focus';
import { Empty, Loaded } from '../parts/loaded';
import { Ago } from '../parts/time';
import { useParameters } from '../shell/scope';
import { CaptureForm, type Place } from './capture-form';
import { Opens } from './form';
import { TryNow } from './try';

/** In the address, instead of a layer. */
const TRY = 'try';

type Layer = CapturesQuery['captures'][number];

const keyOf = (place: Place) =>
  [place.environment, place.project, place.integration, place.route].map((part) => part ?? '').join('/');

export function said(place: Place): string {
  const where = [place.project, place.integration, place.route].filter(Boolean).join(' / ') || 'everything';
  return place.environment ? `${where} in ${place.environment}` : where;
}

export function Captures() {
  const may = useMay();
  const read = useApi(CapturesDocument, {});
  const [parameters, change] = useParameters();
  const open = parameters.get('layer');
  const edit = (layer: string | null) => change({ layer });
  const isOpen = open !== null && open !== TRY;
  // A row that is removed takes the focus with it.
  const place = useRef<HTMLDivElement>(null);
  useKeptFocus(place);
  return (
    <div ref={place} tabIndex={-1}>
      <Loaded query={read} what="the capture settings">
        {({ captures }) => {
          const all = captures.filter((one) => !isNothing(one));
          const edited = all.find((one) => keyOf(one) === open);
          return (
            <>
              <p>
                Without any setting: times of every step, headers and body at the start of a route and where it fails,
                kept for 14 days. Never kept is a body that is a file larger than the limit of a body, a stream that
                Camel does not cache, or a Java object other than a list or a map. A setting for an environment,
                integration or route changes the rest there, or for a while, and workloads follow without a restart.{' '}
                <CopyCommand command={midplane('capture')} />
              </p>
              <div className={open === null ? 'mp-search-bar' : undefined}>
                {may('capture:write') && open !== TRY && (
                  <Opens name="Add a setting" isOpen={isOpen} open={() => edit('new')}>
                    <CaptureForm
                      key={open}
                      {...(edited ? { place: edited, settings: edited.settings } : {})}
                      close={() => edit(null)}
                    />
                  </Opens>
                )}
                {(open === null || open === TRY) && (
                  <Opens name="Try what would be recorded" isOpen={open === TRY} open={() => edit(TRY)}>
                    <TryNow all={all} close={() => edit(null)} />
                  </Opens>
                )}
              </div>
              {all.length === 0 ? (
                <Empty title="Nothing is set">
                  What is said above holds for every integration.
                  {may('capture:write') &&
                    ' Add a setting to record more or less of one, or its bodies for 10 minutes.'}
                </Empty>
              ) : (
                <Table aria-label="Capture settings" variant="compact">
                  <Thead>
                    <Tr>
                      <Th>For</Th>
                      <Th>Settings</Th>
                      <Th>For a while</Th>
                      <Th screenReaderText="Actions" />
                    </Tr>
                  </Thead>
                  <Tbody>
                    {all.map((one) => (
                      <Row
                        key={keyOf(one)}
                        layer={one}
                        mayChange={may('capture:write')}
                        edit={() => edit(keyOf(one))}
                      />
                    ))}
                  </Tbody>
                </Table>
              )}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function Row({ layer, mayChange, edit }: { layer: Layer; mayChange: boolean; edit: () => void }) {
  const close = useChange(CloseCaptureDocument, 'Captures');
  const { environment = null, project = null, integration = null, route = null } = layer;
  const words = summary(layer.settings);
  const remove = useChange(SetCaptureDocument, 'Captures');
  const [isAsked, ask] = useState(false);
  const back = useReturn(isAsked);
  const where = { environment, project, integration, route };
  return (
    <Tr>
      <Td dataLabel="For">{visible(said(layer))}</Td>
      <Td dataLabel="Settings" title={visible(layer.settings)}>
        {words.length > 0 ? visible(words.join('; ')) : <span className="mp-quiet">changes nothing</span>}
        {isAsked && (
          <div ref={takeFocus} tabIndex={-1} className="mp-confirm" role="group" aria-label="Remove the setting">
            <span>
              What is set more widely holds there then, or what is said above. What only this setting hides is kept from
              now on.
            </span>
            <div className="mp-search-bar">
              <Act
                size="sm"
                variant="danger"
                isBusy={remove.isPending}
                onClick={() => remove.mutate({ ...where, settings: '{}' }, { onSuccess: () => ask(false) })}
              >
                Remove it
              </Act>
              <Button size="sm" variant="link" onClick={() => ask(false)}>
                Keep it
              </Button>
            </div>
            <Failed error={remove.error} />
          </div>
        )}
      </Td>
      <Td dataLabel="For a while">
        {layer.windowLevel && (
          <>
            {layer.windowLevel}, closes <Ago at={layer.windowUntil} />{' '}
            {mayChange && (
              <>
                <Act variant="link" size="sm" isBusy={close.isPending} onClick={() => close.mutate(where)}>
                  Close now
                </Act>
                <CopyCommand
                  command={midplane(
                    'capture',
                    integration,
                    '--close',
                    route && `--route=${route}`,
                    project && `--project=${project}`,
                    environment && `--env=${environment}`,
                  )}
                />
              </>
            )}
          </>
        )}
        <Failed error={close.error} />
      </Td>
      <Td isActionCell>
        {mayChange && (
          <>
            <Button variant="link" size="sm" onClick={edit}>
              Change
            </Button>
            <Button ref={back} variant="link" size="sm" isDanger aria-expanded={isAsked} onClick={() => ask(!isAsked)}>
              Remove
            </Button>
          </>
        )}
      </Td>
    </Tr>
  );
}
