import {
  FormFieldGroup,
  FormFieldGroupHeader,
  FormSelect,
  FormSelectOption,
  Grid,
  TextArea,
  TextInput,
} from '@patternfly/react-core';
import { useState } from 'react';
import { EnvironmentsDocument, IntegrationsDocument, OpenCaptureDocument, SetCaptureDocument } from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { CAPTURE_LEVELS, complaints, type Form as Settings, toForm, toSettings } from '../model/capture';
import { midplane } from '../model/command';
import { Act } from '../parts/act';
import { CopyCommand } from '../parts/command';
import { Failed } from '../parts/failed';
import { Attributes } from './attributes';
import { Field, SettingsForm } from './form';
import { Trial } from './trial';

/** What a layer is for; what is not given stands for all. */
export type Place = {
  environment?: string | null;
  project?: string | null;
  integration?: string | null;
  route?: string | null;
};

type Props = { place?: Place; settings?: string; close: () => void };

const RULES = [
  ['headers', 'Headers', 'x-token, one a line; * at either end'],
  ['json', 'Paths of JSON', '$.card.number, $..iban'],
  ['xml', 'Paths of XML', '/order/card, //password'],
  ['patterns', 'Regular expressions', 'ACME-\\d+; the first group is hidden, or all of it'],
] as const;

export function CaptureForm({ place: given, settings = '{}', close }: Props) {
  const [place, setPlace] = useState<Place>(given ?? {});
  const [form, setForm] = useState(() => toForm(settings));
  const set = useChange(SetCaptureDocument, 'Captures');
  const wrong = complaints(form);
  const put = (part: Partial<Settings>) => setForm({ ...form, ...part });
  const where = {
    environment: place.environment ?? null,
    project: place.project ?? null,
    integration: place.integration ?? null,
    route: place.route ?? null,
  };
  const text = toSettings(form);
  return (
    <SettingsForm
      label="Capture setting"
      submit={() => set.mutate({ ...where, settings: text }, { onSuccess: close })}
      submitName="Set"
      isDisabled={Object.keys(wrong).length > 0}
      isBusy={set.isPending}
      close={close}
      after={<Window place={where} close={close} />}
      error={set.error}
    >
      <PlaceFields place={place} isFixed={given !== undefined} pick={setPlace} />
      <Grid hasGutter md={6}>
        <Field name="Record" id="level">
          <FormSelect id="level" value={form.level} onChange={(_, level) => put({ level })}>
            <FormSelectOption value="" label="Not set here: the wider setting holds" />
            {CAPTURE_LEVELS.map(([key, name]) => (
              <FormSelectOption key={key} value={key} label={name} />
            ))}
          </FormSelect>
        </Field>
        <Field
          name="Share of messages that went well"
          id="sample"
          help="In percent. Every failure is kept whatever stands here, and counts are never sampled."
          wrong={wrong.samplePercent}
        >
          <TextInput
            id="sample"
            inputMode="decimal"
            value={form.samplePercent}
            placeholder="100"
            onChange={(_, samplePercent) => put({ samplePercent })}
          />
        </Field>
        <Field name="Days to keep" id="days" wrong={wrong.retentionDays}>
          <TextInput
            id="days"
            inputMode="numeric"
            value={form.retentionDays}
            placeholder="14"
            onChange={(_, retentionDays) => put({ retentionDays })}
          />
        </Field>
        <Field name="Bytes of a body" id="bytes" help="A longer body is cut." wrong={wrong.payloadBytes}>
          <TextInput
            id="bytes"
            inputMode="numeric"
            value={form.payloadBytes}
            placeholder="65536"
            onChange={(_, payloadBytes) => put({ payloadBytes })}
          />
        </Field>
        <Field
          name="Search in words of bodies and headers"
          id="index"
          help="Needs more space; body:&quot;green tea&quot; then finds messages."
        >
          <FormSelect
            id="index"
            value={form.indexWords}
            onChange={(_, value) => put({ indexWords: value as Settings['indexWords'] })}
          >
            <FormSelectOption value="" label="Not set here: the wider setting holds" />
            <FormSelectOption value="yes" label="Yes" />
            <FormSelectOption value="no" label="No" />
          </FormSelect>
        </Field>
      </Grid>
      <FormFieldGroup
        header={
          <FormFieldGroupHeader
            titleText={{ text: 'Also hidden', id: 'hidden' }}
            titleDescription="Cards, passwords, tokens and e-mail addresses are hidden in any case, on the runtime, before anything is sent. Rules that are set more widely hold too."
          />
        }
      >
        <Grid hasGutter md={6}>
          {RULES.map(([key, name, help]) => (
            <Field key={key} name={name} id={`rule-${key}`} help={help}>
              <TextArea
                id={`rule-${key}`}
                value={form[key]}
                rows={2}
                resizeOrientation="vertical"
                onChange={(_, value) => put({ [key]: value })}
              />
            </Field>
          ))}
        </Grid>
      </FormFieldGroup>
      <Attributes all={form.attributes} wrong={wrong.attributes} put={(attributes) => put({ attributes })} />
      <Trial place={where} settings={text} isUsable={Object.keys(wrong).length === 0} />
    </SettingsForm>
  );
}

type PlaceProps = { place: Place; isFixed: boolean; pick: (place: Place) => void };

export function PlaceFields({ place, isFixed, pick }: PlaceProps) {
  const may = useMay();
  const environments = useApi(EnvironmentsDocument, {}, { enabled: may('environment:read') && !isFixed });
  const integrations = useApi(IntegrationsDocument, {}, { enabled: may('integration:read') && !isFixed });
  const known = integrations.data?.integrations ?? [];
  if (isFixed) return null;
  return (
    <Grid hasGutter md={4}>
      <Field name="Environment" id="for-environment">
        <FormSelect
          id="for-environment"
          value={place.environment ?? ''}
          onChange={(_, value) => pick({ ...place, environment: value || null })}
        >
          <FormSelectOption value="" label="All" />
          {(environments.data?.environments ?? []).map((one) => (
            <FormSelectOption key={one.id} value={one.name} label={one.name} />
          ))}
        </FormSelect>
      </Field>
      <Field name="Integration" id="for-integration">
        <FormSelect
          id="for-integration"
          value={place.integration ? `${place.project}/${place.integration}` : ''}
          onChange={(_, value) => {
            const found = known.find((one) => `${one.project}/${one.name}` === value);
            pick({ ...place, project: found?.project ?? null, integration: found?.name ?? null, route: null });
          }}
        >
          <FormSelectOption value="" label="All" />
          {known.map((one) => (
            <FormSelectOption key={one.id} value={`${one.project}/${one.name}`} label={one.name} />
          ))}
        </FormSelect>
      </Field>
      <Field
        name="Route"
        id="for-route"
        help={place.integration ? 'Empty for all of its routes' : 'For one route, choose its integration first'}
      >
        <TextInput
          id="for-route"
          value={place.route ?? ''}
          isDisabled={!place.integration}
          onChange={(_, value) => pick({ ...place, route: value || null })}
        />
      </Field>
    </Grid>
  );
}

const WINDOWS = [
  ['10m', 600, 'for 10 minutes'],
  ['1h', 3_600, 'for an hour'],
  ['8h', 28_800, 'for 8 hours'],
] as const;

type Where = { environment: string | null; project: string | null; integration: string | null; route: string | null };

/** More for a while: ends by itself, so nobody has to remember it. */
function Window({ place, close }: { place: Where; close: () => void }) {
  const [chosen, choose] = useState<string>(WINDOWS[0][0]);
  const open = useChange(OpenCaptureDocument, 'Captures');
  const [name, seconds] = WINDOWS.find(([key]) => key === chosen) ?? WINDOWS[0];
  return (
    <FormFieldGroup
      header={
        <FormFieldGroupHeader
          titleText={{ text: 'Or record bodies for a while', id: 'window' }}
          titleDescription="At once, where the form says above, and over by itself. Nothing else that the form says is set by it."
        />
      }
    >
      <span className="mp-search-bar">
        <Act
          variant="secondary"
          isBusy={open.isPending}
          onClick={() => open.mutate({ ...place, level: 'bodies', seconds }, { onSuccess: close })}
        >
          Record bodies
        </Act>
        <FormSelect value={chosen} onChange={(_, value) => choose(value)} aria-label="How long" className="mp-narrow">
          {WINDOWS.map(([key, , text]) => (
            <FormSelectOption key={key} value={key} label={text} />
          ))}
        </FormSelect>
        {place.integration && (
          <CopyCommand
            command={midplane(
              'capture',
              place.integration,
              '--bodies',
              `--for=${name}`,
              place.route && `--route=${place.route}`,
              place.project && `--project=${place.project}`,
              place.environment && `--env=${place.environment}`,
            )}
          />
        )}
        <Failed error={open.error} />
      </span>
    </FormFieldGroup>
  );
}
