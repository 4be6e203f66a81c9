import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import {
  EffectiveConfigurationDocument,
  type EffectiveConfigurationQuery,
  type WorkloadFragment,
} from '../api/generated';
import { useApi, useMay } from '../api/hooks';
import { midplane } from '../model/command';
import { visible } from '../model/text';
import { Command, CopyCommand } from '../parts/command';
import { Empty, Loaded } from '../parts/loaded';
import { Panel } from '../parts/panel';

export function Configuration({ integration, workloads }: { integration: string; workloads: WorkloadFragment[] }) {
  if (workloads.length === 0) return <Empty title="Not deployed yet">What it gets depends on the environment.</Empty>;
  return workloads.map((one) => (
    <Layers key={one.id} integration={integration} project={one.project} environment={one.environment} />
  ));
}

/** Each key that an integration gets in an environment, and which layer it comes from. */
function Layers({ integration, project, environment }: { integration: string; project: string; environment: string }) {
  const entries = useApi(EffectiveConfigurationDocument, { integration, project, environment });
  return (
    <Panel
      title={`In ${environment}`}
      actions={<CopyCommand command={midplane('describe', 'integration', integration, `--env=${environment}`)} />}
    >
      <Loaded query={entries} what="the configuration">
        {(found) =>
          found.effectiveConfiguration.length === 0 ? (
            <Empty title={`${integration} takes no values`}>Neither its files nor {environment} set one for it.</Empty>
          ) : (
            <Entries entries={found.effectiveConfiguration} environment={environment} />
          )
        }
      </Loaded>
      <HowToSet
        integration={integration}
        environment={environment}
        hasSecrets={entries.data?.effectiveConfiguration.some((one) => one.kind === 'secret') ?? false}
      />
    </Panel>
  );
}

type HowProps = { integration: string; environment: string; hasSecrets: boolean };

/** Values are set where they are kept under review, or from a terminal; this page only shows them. */
function HowToSet({ integration, environment, hasSecrets }: HowProps) {
  if (!useMay()('configuration:write')) return null;
  const set = (...words: string[]) => midplane('config', 'set', ...words, `--env=${environment}`);
  return (
    <div className="mp-after">
      <p className="mp-quiet">
        Values come from <code>midplane.yaml</code> and <code>application.properties</code> beside the routes, and from
        what is set on {environment}, which wins. To set one there:
      </p>
      <Command label="Command that sets a value">{set('KEY=VALUE', `--integration=${integration}`)}</Command>
      {hasSecrets && (
        <>
          <p className="mp-quiet mp-after">
            A secret is set for the whole environment; the command asks for its value:
          </p>
          <Command label="Command that sets a secret">{set('--secret', 'SECRET.KEY')}</Command>
        </>
      )}
    </div>
  );
}

type EntriesProps = { entries: EffectiveConfigurationQuery['effectiveConfiguration']; environment: string };

function Entries({ entries, environment }: EntriesProps) {
  const overrides = entries.some((one) => one.hidden.length > 0);
  return (
    <Table aria-label={`Configuration in ${environment}`} variant="compact">
      <Thead>
        <Tr>
          <Th>Key</Th>
          <Th>Kind</Th>
          <Th>Value</Th>
          <Th>Comes from</Th>
          {overrides && <Th>Instead of that of</Th>}
        </Tr>
      </Thead>
      <Tbody>
        {entries.map((one) => (
          <Tr key={`${one.kind}/${one.key}/${one.target ?? ''}`}>
            <Td dataLabel="Key">
              <code>{visible(one.key)}</code>
              {one.target && <div className="mp-quiet">as {visible(one.target)}</div>}
            </Td>
            <Td dataLabel="Kind">{one.kind}</Td>
            <Td dataLabel="Value">
              {one.kind === 'secret' ? (
                <span className={one.isSet ? 'mp-quiet' : 'mp-bad'}>{one.isSet ? 'set, never shown' : 'not set'}</span>
              ) : (
                <code>{visible(one.value ?? '')}</code>
              )}
            </Td>
            <Td dataLabel="Comes from">{one.layer}</Td>
            {overrides && (
              <Td dataLabel="Instead of that of" className="mp-quiet">
                {one.hidden.join(', ')}
              </Td>
            )}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
