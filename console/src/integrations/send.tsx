// A new message for a route or an endpoint of an integration: written or begun with a sample, tried, sent, and followed.

import { Checkbox, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useState } from 'react';
import { request } from '../api/client';
import { DrySendDocument, ReleaseFilesDocument, SendMessageDocument, type WorkloadFragment } from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { toReplies, without } from '../model/choice';
import { type Content, contentType, toInput } from '../model/content';
import { sendCommand } from '../model/deliver-command';
import { begin, endpointOf, type Form, faults, step } from '../model/replay';
import { type Sample, samples, typeOf } from '../model/samples';
import { visible } from '../model/text';
import { Empty } from '../parts/loaded';
import { BodyEditor } from '../replay/body';
import { ChosenList } from '../replay/choices';
import { HeadersEditor } from '../replay/headers';
import { Outcome } from '../replay/outcome';
import { RefusedBy } from '../replay/refused';
import { Ask, Keys, RunBar } from '../replay/run-bar';
import { TargetEditor, useRouteNames } from '../replay/target';
import { Found, useTried } from '../replay/tried';
import { useParameters } from '../shell/scope';
import '../replay/replay.css';

type Props = { integration: string; project: string; workloads: WorkloadFragment[] };

export function Send({ integration, project, workloads }: Props) {
  const [id, setId] = useState('');
  const workload = workloads.find((one) => one.id === id) ?? workloads[0];
  if (!workload) {
    return (
      <Empty title="Not deployed yet">A message goes to a workload that runs: deploy the integration first.</Empty>
    );
  }
  return (
    <>
      {workloads.length > 1 && (
        <div className="mp-search-bar mp-wrap">
          <FormSelect
            value={workload.id}
            onChange={(_, next) => setId(next)}
            aria-label="Environment"
            className="mp-narrow"
          >
            {workloads.map((one) => (
              <FormSelectOption key={one.id} value={one.id} label={`In ${one.environment}`} />
            ))}
          </FormSelect>
        </div>
      )}
      <SendForm key={workload.id} integration={integration} project={project} workload={workload} />
    </>
  );
}

const EMPTY: Content = { body: { is: 'text', text: '' }, headers: [] };
const NO_STEPS = new Map<number, string>();

function ofSample(sample: Sample): Content {
  const type = typeOf(sample.name);
  return {
    body: { is: 'text', text: sample.text },
    headers: type ? [{ name: 'Content-Type', kind: 'text', value: type }] : [],
  };
}

type FormProps = { integration: string; project: string; workload: WorkloadFragment };

function SendForm({ integration, project, workload }: FormProps) {
  const { environment } = workload;
  const [parameters, change] = useParameters();
  const routes = useRouteNames(integration, environment);
  const [from, setFrom] = useState(EMPTY);
  const [form, setForm] = useState<Form>(() => ({
    ...begin(EMPTY),
    target: { at: 'route', route: parameters.get('route') ?? '' },
    wantsReply: true,
  }));
  const [isAsking, setAsking] = useState(false);
  /** A question is about what stood there when it was asked. */
  const put = (part: Partial<Form>) => {
    setAsking(false);
    setForm({ ...form, ...part });
  };
  const place = { integration, project, environment };
  const dry = useTried(async (of) => {
    const route = of.target.at === 'route' ? of.target.route : '';
    const variables = { ...place, route, content: toInput(of.content), replies: toReplies(of.chosen) };
    return (await request(DrySendDocument, variables)).drySend;
  });
  const real = useChange(SendMessageDocument, 'Messages', 'Routes');
  const wrong = faults(form);
  const next = step(form, dry.whole);
  const endpoint = endpointOf(form);
  const route = form.target.at === 'route' ? form.target.route : null;
  const where = { integration, route };
  const command = (isDry: boolean) => {
    const to = { integration, environment, ...(endpoint === null ? { route: route ?? '' } : { endpoint }) };
    return sendCommand(to, form, { dry: isDry, numbers: NO_STEPS });
  };
  const tryIt = (of: Form) => {
    setAsking(false);
    setForm(of);
    real.reset();
    dry.run(of);
  };
  const send = () => {
    dry.reset();
    real.mutate(
      { ...place, route, endpoint, content: toInput(form.content), wantsReply: form.wantsReply },
      { onSuccess: () => setAsking(false) },
    );
  };
  const run = () => {
    if (wrong.length === 0 && !dry.isBusy && !real.isPending && !isAsking && endpoint === null) tryIt(form);
  };
  const done = real.data?.sendMessage;

  return (
    <Keys run={run} leave={() => setAsking(false)}>
      <div className="mp-replay-form">
        <div>
          <Samples
            workload={workload}
            pick={(sample) => {
              const content = ofSample(sample);
              setFrom(content);
              put({ content });
            }}
          />
          <BodyEditor
            body={form.content.body}
            contentType={contentType(form.content)}
            from={from.body}
            fromName={from === EMPTY ? 'Empty it' : 'As the sample has it'}
            change={(body) => put({ content: { ...form.content, body } })}
            run={run}
          />
          <HeadersEditor
            headers={form.content.headers}
            change={(headers) => put({ content: { ...form.content, headers } })}
          />
        </div>
        <div className="mp-stack">
          <TargetEditor
            target={form.target}
            routes={routes}
            change={(target) => {
              put({ target });
              change({ route: target.at === 'route' ? target.route : null });
            }}
          />
          <Checkbox
            id="wants-answer"
            label="Show what the route answers"
            isChecked={form.wantsReply}
            onChange={(_, wantsReply) => put({ wantsReply })}
          />
          <ChosenList
            chosen={form.chosen}
            numbers={NO_STEPS}
            drop={(one) => put({ chosen: without(form.chosen, one.place) })}
          />
          <RunBar
            dry={
              endpoint === null
                ? { name: 'Dry run', command: command(true), isBusy: dry.isBusy, run: () => tryIt(form) }
                : undefined
            }
            real={{ name: 'Send', command: command(false), isBusy: real.isPending, run: () => setAsking(true) }}
            next={next}
            hindrances={wrong}
            isAsking={isAsking}
          />
          {isAsking && (
            <Ask
              label={`Send it to ${integration}`}
              action="Send for real"
              command={command(false)}
              isBusy={real.isPending}
              confirm={send}
              cancel={() => setAsking(false)}
            >
              <span>
                It goes to <strong>{visible(endpoint ?? `the start of ${route}`)}</strong> of {integration} in{' '}
                {environment}, for real and once.
              </span>
            </Ask>
          )}
          <RefusedBy error={real.error ?? dry.error} where={where} />
        </div>
      </div>
      {done && <Outcome key={done.id} asked={done} />}
      {!done && <Found tried={dry} form={form} numbers={NO_STEPS} again={tryIt} />}
    </Keys>
  );
}

/** Messages that lie in `samples/` beside the routes. */
function Samples({ workload, pick }: { workload: WorkloadFragment; pick: (sample: Sample) => void }) {
  const may = useMay();
  const { release } = workload;
  const files = useApi(ReleaseFilesDocument, { id: release?.id ?? '' }, { enabled: may('release:read') && !!release });
  const all = samples(files.data?.releaseFiles ?? []);
  const [chosen, setChosen] = useState('');
  if (!files.data) return null;
  if (all.length === 0) {
    return (
      <p className="mp-quiet">
        Messages in a folder <code>samples/</code> beside the routes would be offered here.
      </p>
    );
  }
  return (
    <FormSelect
      value={chosen}
      aria-label="Sample to begin with"
      className="mp-narrow"
      onChange={(_, path) => {
        const sample = all.find((one) => one.path === path);
        setChosen(path);
        if (sample) pick(sample);
      }}
    >
      <FormSelectOption value="" label="Begin with a sample" isPlaceholder />
      {all.map((one) => (
        <FormSelectOption key={one.path} value={one.path} label={visible(one.name)} />
      ))}
    </FormSelect>
  );
}
