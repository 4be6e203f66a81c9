// The files of the release that runs, line by line with what went through each, beside the diagram: a line and its node
// show each other. Read-only; a change is a commit.

import { Alert, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useMemo } from 'react';
import { ReleaseFilesDocument, RoutesDocument, SourcesDocument, type WorkloadFragment } from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { Diagram } from '../diagram/diagram';
import { nodeOf } from '../model/diagram/find';
import { editAddress, notes, places, problemsOf } from '../model/source';
import { visible } from '../model/text';
import { Empty, Loaded } from '../parts/loaded';
import { Release } from '../parts/release';
import { useParameters, useScope } from '../shell/scope';
import { Code } from './code';
import { useHeats } from './heats';
import './source.css';

type Props = { integration: string; folder: string; project: string; workloads: WorkloadFragment[] };

export function Source({ integration, folder, project, workloads }: Props) {
  // The environment of the top bar narrows the workloads already; of several, the first stands for the source.
  const workload = workloads.find((one) => one.release);
  if (!workload?.release)
    return <Empty title="No release yet">The files of an integration are shown once a commit became a release.</Empty>;
  return (
    <Files
      of={{ integration, folder, project }}
      workload={workload}
      release={workload.release}
      isOneOfMany={workloads.length > 1}
    />
  );
}

type Of = { integration: string; folder: string; project: string };
type FilesProps = {
  of: Of;
  workload: WorkloadFragment;
  release: NonNullable<WorkloadFragment['release']>;
  isOneOfMany: boolean;
};

function Files({ of, workload, release, isOneOfMany }: FilesProps) {
  const may = useMay();
  const { range } = useScope();
  const [parameters, change] = useParameters();
  const period = { from: range.from.toISOString(), to: range.to.toISOString() };
  const { integration } = of;
  const { environment } = workload;
  const files = useApi(ReleaseFilesDocument, { id: release.id });
  const routes = useApi(
    RoutesDocument,
    { integration, environment, ...period },
    { enabled: may('message:read'), follows: range },
  );
  const sources = useApi(SourcesDocument, {}, { enabled: may('source:read') });
  const shapes = useMemo(() => (routes.data?.routes ?? []).filter((one) => one.nodes.length > 0), [routes.data]);
  const { nodes: passed } = useHeats(integration, environment, shapes, range);
  const where = useMemo(() => places(files.data?.releaseFiles ?? [], shapes), [files.data, shapes]);
  const problems = useMemo(
    () => [...release.problems.map((one) => one.message), ...release.warnings],
    [release.problems, release.warnings],
  );
  const source = sources.data?.sources.filter((one) => one.project === of.project) ?? [];
  return (
    <Loaded query={files} what="the files of the release">
      {({ releaseFiles: all }) => {
        const box = parameters.get('node') ?? undefined;
        const own = box && where.get(nodeOf(shapes, box)?.shape.name ?? '');
        const first = own ?? where.values().next().value ?? all.find((file) => file.text !== null)?.path;
        const shown = all.find((file) => file.path === (parameters.get('file') ?? first));
        if (!shown) return <Empty title="The release has no files">It was refused before anything was packed.</Empty>;
        const drawn = shapes.filter((shape) => where.get(shape.name) === shown.path);
        const marks = notes(shown.path, shapes, where, passed);
        const [only] = source.length === 1 ? source : [];
        const edit = only && editAddress(only.url, only.branch, [of.folder, shown.path].filter(Boolean).join('/'));
        return (
          <>
            <div className="mp-search-bar mp-wrap">
              <FormSelect
                value={shown.path}
                onChange={(_, file) => change({ file, node: null })}
                aria-label="File"
                className="mp-narrow"
              >
                {all.map((file) => (
                  <FormSelectOption
                    key={file.path}
                    value={file.path}
                    label={visible(file.path)}
                    isDisabled={typeof file.text !== 'string'}
                  />
                ))}
              </FormSelect>
              <span className="mp-grow">
                As in release <Release release={release} /> in {environment}
              </span>
              {edit && (
                <a href={edit} target="_blank" rel="noreferrer">
                  Edit at the Git host
                </a>
              )}
            </div>
            {isOneOfMany && (
              <Alert
                isInline
                isPlain
                variant="info"
                component="p"
                title="Other environments may run another release: choose one at the top."
              />
            )}
            <div className={drawn.length > 0 ? 'mp-source' : undefined}>
              <Code
                text={shown.text ?? ''}
                notes={marks}
                problems={problemsOf(shown.path, problems)}
                current={box}
                pick={(node) => change({ node })}
              />
              {drawn.length > 0 && (
                <div>
                  <Diagram shapes={drawn} nodeSums={passed} current={box} pick={(node) => change({ node })} />
                </div>
              )}
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
