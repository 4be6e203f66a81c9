import { Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useMay } from '../api/hooks';
import { Empty } from '../parts/loaded';
import { Screen } from '../parts/screen';
import { useParameters } from '../shell/scope';
import { Alerts } from './alerts';
import { Audit } from './audit';
import { Captures } from './captures';
import { Sources } from './sources';
import { Tokens } from './tokens';

const PARTS = [
  ['sources', 'Git sources', 'source:read'],
  ['capture', 'What is recorded', 'capture:read'],
  ['alerts', 'Alerts', 'alert:read'],
  ['tokens', 'Tokens and sessions', 'token:read'],
  ['audit', 'Audit', 'audit:read'],
] as const;

export function Settings() {
  const may = useMay();
  const [parameters, change] = useParameters();
  const parts = PARTS.filter(([, , needs]) => may(needs));
  const shown = parameters.get('tab') ?? parts[0]?.[0];
  return (
    <Screen title="Settings">
      {parts.length === 0 ? (
        <Empty title="You may not see settings">Ask an owner or administrator of the organization for it.</Empty>
      ) : (
        <>
          <Tabs
            activeKey={shown ?? ''}
            onSelect={(_, key) =>
              change({ tab: String(key), layer: null, source: null, order: null, find: null }, true)
            }
            aria-label="Settings"
          >
            {parts.map(([key, name]) => (
              <Tab key={key} eventKey={key} title={<TabTitleText>{name}</TabTitleText>} tabContentId={`tab-${key}`} />
            ))}
          </Tabs>
          <section id={`tab-${shown}`} aria-label={parts.find(([key]) => key === shown)?.[1]} className="mp-tab">
            {shown === 'sources' && <Sources />}
            {shown === 'capture' && <Captures />}
            {shown === 'alerts' && <Alerts />}
            {shown === 'tokens' && <Tokens />}
            {shown === 'audit' && <Audit />}
          </section>
        </>
      )}
    </Screen>
  );
}
