// What programs and browsers sign in with. A secret is shown once, when it is made, and never again.

import { Alert, Button, FormSelect, FormSelectOption, Grid, TextInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import {
  CreateTokenDocument,
  EnvironmentsDocument,
  ProjectsDocument,
  RevokeTokenDocument,
  TokensDocument,
} from '../api/generated';
import { useApi, useChange, useMay, useViewer } from '../api/hooks';
import { visible } from '../model/text';
import { Act } from '../parts/act';
import { Command } from '../parts/command';
import { Failed } from '../parts/failed';
import { Loaded } from '../parts/loaded';
import { Ago, At } from '../parts/time';
import { Field, Opens, SettingsForm } from './form';

export function Tokens() {
  const may = useMay();
  const viewer = useViewer();
  const tokens = useApi(TokensDocument, {});
  const [isOpen, setOpen] = useState(false);
  return (
    <Loaded query={tokens} what="tokens">
      {({ tokens: all }) => (
        <>
          {may('token:manage') && (
            <Opens name="Make a token" isOpen={isOpen} open={() => setOpen(true)}>
              <NewToken close={() => setOpen(false)} />
            </Opens>
          )}
          <Table aria-label="Tokens and sessions" variant="compact">
            <Thead>
              <Tr>
                <Th>Name</Th>
                <Th>Kind</Th>
                <Th>Made</Th>
                <Th>Last used</Th>
                <Th>Ends</Th>
                <Th screenReaderText="Actions" />
              </Tr>
            </Thead>
            <Tbody>
              {all.map((one) => (
                <Tr key={one.id}>
                  <Td dataLabel="Name">
                    {visible(one.name)}
                    {one.actor === viewer.data?.viewer.id && <span className="mp-quiet"> (you)</span>}
                  </Td>
                  <Td dataLabel="Kind">{one.kind === 'session' ? 'browser' : 'program'}</Td>
                  <Td dataLabel="Made">
                    <At at={one.createdAt} />
                  </Td>
                  <Td dataLabel="Last used">
                    <Ago at={one.lastUsedAt} />
                  </Td>
                  <Td dataLabel="Ends">{one.expiresAt ? <Ago at={one.expiresAt} /> : 'when it is revoked'}</Td>
                  <Td isActionCell>{may('token:manage') && <Revoke id={one.id} name={one.name} />}</Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        </>
      )}
    </Loaded>
  );
}

const ROLES = [
  ['viewer', 'Viewer: looks at everything but bodies'],
  ['operator', 'Operator: restarts, sees bodies'],
  ['developer', 'Developer: deploys, configures'],
  ['auditor', 'Auditor: reads the audit'],
  ['administrator', 'Administrator: runtimes, environments, sources'],
  ['owner', 'Owner: everything'],
] as const;

const ENDS = [
  ['', 'when it is revoked', 0],
  ['1', 'in a day', 1],
  ['30', 'in 30 days', 30],
  ['365', 'in a year', 365],
] as const;

function NewToken({ close }: { close: () => void }) {
  const may = useMay();
  const environments = useApi(EnvironmentsDocument, {}, { enabled: may('environment:read') });
  const projects = useApi(ProjectsDocument, {}, { enabled: may('project:read') });
  const [form, setForm] = useState({ name: '', role: 'viewer', where: '', ends: '30' });
  const make = useChange(CreateTokenDocument, 'Tokens');
  const put = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const made = make.data?.createToken;
  if (made)
    return (
      <Alert isInline variant="success" title={`The token ${visible(made.token.name)}`} className="mp-after">
        <p>It is shown only now. A program gives it as MIDPLANE_TOKEN, or as a bearer of the GraphQL API.</p>
        <Command label="Secret of the token">{made.secret}</Command>
        <Button variant="link" isInline onClick={close}>
          I kept it
        </Button>
      </Alert>
    );
  const submit = () => {
    const [kind, name] = form.where.split(':');
    const days = ENDS.find(([key]) => key === form.ends)?.[2] ?? 0;
    make.mutate({
      name: form.name,
      role: form.role,
      project: kind === 'project' ? (name ?? null) : null,
      environment: kind === 'environment' ? (name ?? null) : null,
      expires: days > 0 ? new Date(Date.now() + days * 86_400_000).toISOString() : null,
    });
  };
  return (
    <SettingsForm
      label="Make a token"
      submit={submit}
      submitName="Make it"
      isDisabled={!form.name}
      isBusy={make.isPending}
      close={close}
      error={make.error}
    >
      <Grid hasGutter md={6}>
        <Field name="Name" id="token-name" help="What it is for, as in ci">
          <TextInput
            id="token-name"
            value={form.name}
            isRequired
            autoComplete="off"
            onChange={(_, name) => put({ name })}
          />
        </Field>
        <Field name="Role" id="token-role">
          <FormSelect id="token-role" value={form.role} onChange={(_, role) => put({ role })}>
            {ROLES.map(([key, text]) => (
              <FormSelectOption key={key} value={key} label={text} />
            ))}
          </FormSelect>
        </Field>
        <Field name="Where" id="token-where">
          <FormSelect id="token-where" value={form.where} onChange={(_, where) => put({ where })}>
            <FormSelectOption value="" label="The whole organization" />
            {(projects.data?.projects ?? []).map((one) => (
              <FormSelectOption key={one.id} value={`project:${one.name}`} label={`Project ${one.name}`} />
            ))}
            {(environments.data?.environments ?? []).map((one) => (
              <FormSelectOption key={one.id} value={`environment:${one.name}`} label={`Environment ${one.name}`} />
            ))}
          </FormSelect>
        </Field>
        <Field name="Ends" id="token-ends">
          <FormSelect id="token-ends" value={form.ends} onChange={(_, ends) => put({ ends })}>
            {ENDS.map(([key, text]) => (
              <FormSelectOption key={key} value={key} label={text} />
            ))}
          </FormSelect>
        </Field>
      </Grid>
    </SettingsForm>
  );
}

/** A second press does it: what used the token is cut off at once. */
function Revoke({ id, name }: { id: string; name: string }) {
  const [isAsked, ask] = useState(false);
  const revoke = useChange(RevokeTokenDocument, 'Tokens');
  return (
    <>
      <Act
        variant="link"
        size="sm"
        isDanger
        isBusy={revoke.isPending}
        aria-label={isAsked ? `Revoke ${name} now` : `Revoke ${name}`}
        onClick={() => (isAsked ? revoke.mutate({ id }) : ask(true))}
        onBlur={() => ask(false)}
      >
        {isAsked ? 'Revoke it now' : 'Revoke'}
      </Act>
      <Failed error={revoke.error} />
    </>
  );
}
