// Adds a source or points one elsewhere, and looks at it at once: what is wrong with an address shows here, not in a log.

import { Alert, FormSelect, FormSelectOption, Grid, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import {
  AddSourceDocument,
  ProjectsDocument,
  type SourcesQuery,
  SyncSourceDocument,
  UpdateSourceDocument,
} from '../api/generated';
import { useApi, useChange, useMay } from '../api/hooks';
import { midplane } from '../model/command';
import { visible } from '../model/text';
import { CopyCommand } from '../parts/command';
import { Field, SettingsForm } from './form';

type Source = SourcesQuery['sources'][number];
type Props = { source?: Source; close: () => void };

export function SourceForm({ source, close }: Props) {
  const may = useMay();
  const projects = useApi(ProjectsDocument, {}, { enabled: may('project:read') && !source });
  const names = projects.data?.projects ?? [];
  const [form, setForm] = useState({
    project: source?.project ?? '',
    name: source?.name ?? '',
    url: source?.url ?? '',
    branch: source?.branch ?? 'main',
    path: source?.path ?? '',
    token: '',
  });
  const add = useChange(AddSourceDocument, 'Sources');
  const update = useChange(UpdateSourceDocument, 'Sources');
  const look = useChange(SyncSourceDocument, 'Sources', 'Deployments', 'Integrations');
  const put = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const project = form.project || names[0]?.name || '';
  const token = form.token || null;
  const saved = source?.name ?? add.data?.addSource.name;
  const { url, branch, path } = form;
  const then = { onSuccess: () => look.mutate({ name: form.name }) };
  const submit = () =>
    saved === undefined
      ? add.mutate({ project, name: form.name, url, branch, path, token }, then)
      : update.mutate({ name: saved, url, branch, path, token }, then);
  const isBusy = add.isPending || update.isPending || look.isPending;
  const found = look.data?.syncSource;
  return (
    <SettingsForm
      label={source ? `Change ${source.name}` : 'Add a source'}
      submit={submit}
      submitName={saved === undefined ? 'Add and test it' : 'Save and test it'}
      isDisabled={!form.name || !url}
      isBusy={isBusy}
      close={close}
      closeName={found ? 'Done' : 'Cancel'}
      actions={
        <CopyCommand
          command={midplane(
            'source',
            saved === undefined ? 'add' : 'update',
            form.name || 'NAME',
            `--url=${url || 'URL'}`,
            branch !== 'main' && `--branch=${branch}`,
            path && `--path=${path}`,
            token && '--token-file=-',
          )}
        />
      }
      error={add.error ?? update.error}
      after={
        <>
          {' '}
          {look.error && (
            <Alert
              isInline
              variant="warning"
              component="p"
              title={`It is saved, but cannot be read: ${look.error.message} ${look.error.code}`}
            >
              Correct it above and test it again; nothing runs from it until then.
            </Alert>
          )}
          {found && (
            <Alert
              isInline
              variant="success"
              component="p"
              title={found.commit ? `It was read at commit ${found.commit.slice(0, 8)}` : 'It was read'}
            >
              {found.messages.map((one) => (
                <p key={one}>{visible(one)}</p>
              ))}
            </Alert>
          )}
        </>
      }
    >
      <Grid hasGutter md={6}>
        {!source && names.length > 1 && (
          <Field name="Project" id="source-project">
            <FormSelect id="source-project" value={project} onChange={(_, value) => put({ project: value })}>
              {names.map((one) => (
                <FormSelectOption key={one.id} value={one.name} label={one.name} />
              ))}
            </FormSelect>
          </Field>
        )}
        {!source && (
          <Field name="Name" id="source-name" help="Lower case letters, digits and dashes">
            <TextInput
              id="source-name"
              value={form.name}
              isDisabled={saved !== undefined}
              autoComplete="off"
              isRequired
              onChange={(_, name) => put({ name })}
            />
          </Field>
        )}
        <Field
          name="Repository"
          id="source-url"
          help="https://host/path.git, or file:///path on the control plane's machine"
        >
          <TextInput id="source-url" value={url} isRequired onChange={(_, value) => put({ url: value })} />
        </Field>
        <Field name="Branch" id="source-branch">
          <TextInput id="source-branch" value={branch} isRequired onChange={(_, value) => put({ branch: value })} />
        </Field>
        <Field name="Folder" id="source-path" help="Empty for the whole repository">
          <TextInput id="source-path" value={path} onChange={(_, value) => put({ path: value })} />
        </Field>
        <Field
          name="Token"
          id="source-token"
          help={
            source
              ? 'Empty: the one it has, unless the address is another'
              : 'May only read. For https; encrypted, and never shown again'
          }
        >
          <TextInput
            id="source-token"
            type="password"
            value={form.token}
            autoComplete="new-password"
            onChange={(_, value) => put({ token: value })}
          />
        </Field>
      </Grid>
    </SettingsForm>
  );
}
