// Which alerts there are, where they are sent, and what became of each call.

import { Alert, Button, Form, Switch, TextInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { AlertList } from '../alerts/list';
import {
  AlertDeliveriesDocument,
  AlertSettingsDocument,
  AlertsDocument,
  FailureGroupsDocument,
  RemoveAlertChannelDocument,
  SetAlertChannelDocument,
  SetAlertRuleDocument,
  TestAlertChannelDocument,
} from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { became, REACH_MS, RULES, took } from '../model/alert';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { Command } from '../parts/command';
import { Failed } from '../parts/failed';
import { takeFocus, useReturn } from '../parts/focus';
import { Empty, Loaded } from '../parts/loaded';
import { Panel } from '../parts/panel';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { useScope } from '../shell/scope';
import { Field } from './form';

export function Alerts() {
  const may = useMay();
  const { range } = useScope();
  const settings = useApi(AlertSettingsDocument, {});
  const alerts = useApi(AlertsDocument, { open: false, first: 50 }, { refreshMs: 10_000 });
  // Where an alert of failures leads.
  const since = new Date(range.to.getTime() - REACH_MS).toISOString();
  const groups = useApi(
    FailureGroupsDocument,
    { since, state: null },
    { enabled: may('message:read'), follows: range },
  );
  return (
    <Loaded query={settings} what="the settings of alerts">
      {({ alertRules, alertChannel }) => (
        <div className="mp-stack">
          <Panel title="What raises an alert">
            {alertRules.map((one) => (
              <Rule key={one.rule} rule={one.rule} isOn={one.isOn} />
            ))}
          </Panel>
          <Channel url={alertChannel?.url} changedAt={alertChannel?.changedAt} />
          <Panel title="The last alerts">
            <Loaded query={alerts} what="alerts">
              {({ alerts: all }) =>
                all.length === 0 ? (
                  <Empty title="None yet">What the rules above see is listed here, and on Home while it is so.</Empty>
                ) : (
                  <AlertList alerts={all} groups={groups.data?.failureGroups ?? []} />
                )
              }
            </Loaded>
          </Panel>
        </div>
      )}
    </Loaded>
  );
}

function Rule({ rule, isOn }: { rule: string; isOn: boolean }) {
  const may = useMay();
  const set = useChange(SetAlertRuleDocument, 'AlertSettings', 'Alerts');
  const words = RULES[rule] ?? { name: rule, about: '' };
  return (
    <div className="mp-rule">
      <Switch
        id={`rule-${rule}`}
        label={words.name}
        isChecked={isOn}
        isDisabled={!may('alert:write')}
        onChange={(_, on) => set.isPending || set.mutate({ rule, isOn: on })}
      />
      <p className="mp-quiet">{words.about}</p>
      <Failed error={set.error} />
    </div>
  );
}

type ChannelProps = { url: string | undefined; changedAt: string | undefined };

function Channel({ url, changedAt }: ChannelProps) {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const back = useReturn(isOpen);
  const [typed, setTyped] = useState('');
  const set = useChange(SetAlertChannelDocument, 'AlertSettings');
  const remove = useChange(RemoveAlertChannelDocument, 'AlertSettings', 'AlertDeliveries');
  const test = useChange(TestAlertChannelDocument, 'AlertDeliveries');
  const [isAsked, ask] = useState(false);
  const backAsked = useReturn(isAsked);
  // Where there is no webhook any more, there is no button of its own to go back to.
  const backOfNone = url ? null : backAsked;
  const secret = set.data?.setAlertChannel.secret;
  const removeIt = () =>
    remove.mutate(
      {},
      {
        onSuccess: () => {
          ask(false);
          // Its secret is good for nothing now.
          set.reset();
        },
      },
    );
  return (
    <Panel title="Where alerts are sent">
      {url ? (
        <p>
          To <code>{visible(url)}</code>, set <Ago at={changedAt} />. Its whole address and its secret are not shown.
        </p>
      ) : (
        <p>
          Nowhere: they are shown on Home. A webhook of Slack, Mattermost or of your own receiver gets each when it is
          raised and when it is over.
        </p>
      )}
      {secret && (
        <Alert
          isInline
          variant="success"
          component="p"
          title="Set. A receiver of your own checks calls with this secret"
          className="mp-after"
        >
          <p>
            It is shown only now. Signatures are those of Standard Webhooks (the headers webhook-id, webhook-timestamp
            and webhook-signature); Slack and Mattermost need none of it.
          </p>
          <Command label="Secret for signatures">{secret}</Command>
        </Alert>
      )}
      {may('alert:write') && (
        <>
          {isAsked ? (
            <div ref={takeFocus} tabIndex={-1} className="mp-confirm" role="group" aria-label="Remove the webhook">
              <span>
                Alerts are shown on Home and sent nowhere; what waits to be sent again is given up. The address and its
                secret are forgotten: to send again, set a webhook anew.
              </span>
              <span className="mp-search-bar">
                <Act variant="danger" isBusy={remove.isPending} onClick={removeIt}>
                  Remove it
                </Act>
                <Button variant="link" onClick={() => ask(false)}>
                  Keep it
                </Button>
              </span>
            </div>
          ) : isOpen ? (
            <Form
              onSubmit={(event) => {
                event.preventDefault();
                set.mutate(
                  { url: typed.trim() },
                  {
                    onSuccess: () => {
                      setOpen(false);
                      setTyped('');
                    },
                  },
                );
              }}
            >
              <Field name="Address of the webhook" id="webhook" help="https://hooks.slack.com/services/...">
                <TextInput
                  ref={takeFocus}
                  id="webhook"
                  type="url"
                  value={typed}
                  isRequired
                  autoComplete="off"
                  onChange={(_, value) => setTyped(value)}
                />
              </Field>
              <span className="mp-search-bar">
                <Act type="submit" isDisabled={!typed.trim()} isBusy={set.isPending}>
                  Set
                </Act>
                <Button variant="link" onClick={() => setOpen(false)}>
                  Cancel
                </Button>
              </span>
            </Form>
          ) : (
            <span className="mp-search-bar">
              <Button ref={back ?? backOfNone} variant="secondary" onClick={() => setOpen(true)}>
                {url ? 'Replace it' : 'Set a webhook'}
              </Button>
              {url && (
                <Act variant="secondary" isBusy={test.isPending} onClick={() => test.mutate({})}>
                  Send a test
                </Act>
              )}
              {url && (
                <Button ref={backAsked} variant="link" isDanger onClick={() => ask(true)}>
                  Remove it
                </Button>
              )}
            </span>
          )}
          <Failed error={set.error ?? test.error ?? remove.error} />
        </>
      )}
      <Deliveries isSet={url !== undefined} />
    </Panel>
  );
}

function Deliveries({ isSet }: { isSet: boolean }) {
  const log = useApi(AlertDeliveriesDocument, {}, { refreshMs: 2_000 });
  return (
    <Loaded query={log} what="the calls of the webhook">
      {({ alertDeliveries }) => {
        // Without a webhook nothing waits.
        const all = alertDeliveries.filter((one) => isSet || !one.nextAt);
        return all.length === 0 ? (
          isSet ? (
            <p className="mp-quiet">Nothing was sent yet.</p>
          ) : null
        ) : (
          <Table aria-label="Calls of the webhook" variant="compact">
            <Thead>
              <Tr>
                <Th>When</Th>
                <Th>What</Th>
                <Th modifier="nowrap">Attempt</Th>
                <Th>Outcome</Th>
                <Th>Took</Th>
              </Tr>
            </Thead>
            <Tbody>
              {all.map((one) => (
                <Tr key={one.id}>
                  <Td dataLabel="When">
                    <Ago at={one.at} />
                  </Td>
                  <Td dataLabel="What" title={one.message}>
                    {visible(one.title)}
                  </Td>
                  <Td dataLabel="Attempt">{one.attempt}</Td>
                  <Td dataLabel="Outcome">
                    <State state={became(one)} /> {one.status ? `status ${one.status}` : visible(one.error ?? '')}
                    {one.nextAt && (
                      <div className="mp-quiet">
                        again <Ago at={one.nextAt} />
                      </div>
                    )}
                  </Td>
                  <Td dataLabel="Took">{took(one)}</Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        );
      }}
    </Loaded>
  );
}
