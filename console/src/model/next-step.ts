// What to do next about a failure. The server says it as a command; where the console has a place for it, it leads there.

export type NextStep =
  | { is: 'place'; name: string; path: string; parameters: Record<string, string> }
  | { is: 'command'; command: string };

/** The message that failed. */
export type Of = { id: string; integration: string };

/** Words of a shell, as far as the rules use it: quotation marks keep spaces together. */
function words(command: string): string[] {
  return (command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((one) => one.replace(/^(['"])(.*)\1$/s, '$2'));
}

export function nextStep(command: string, of: Of): NextStep {
  const [program, verb = '', ...rest] = words(command);
  const found = program === 'midplane' ? PLACES[verb]?.(rest, of) : undefined;
  if (!found) return { is: 'command', command };
  const [name, path, parameters = {}] = found;
  return { is: 'place', name, path, parameters };
}

type Found = [name: string, path: string, parameters?: Record<string, string>] | undefined;

const page = (name: string) => `/integrations/${encodeURIComponent(name)}`;
const after = (rest: string[], flag: string) => (rest.includes(flag) ? rest[rest.indexOf(flag) + 1] : undefined);

const LISTS: Record<string, Found> = {
  deployments: ['look at the deployments', '/deployments'],
  workload: ['look at what runs', '/integrations'],
  workloads: ['look at what runs', '/integrations'],
  integrations: ['look at the integrations', '/integrations'],
  runtimes: ['look at the runtimes', '/runtimes'],
};

/** By the first word of the command; the texts are those of crates/telemetry/src/cause/rules.rs. */
const PLACES: Record<string, (rest: string[], of: Of) => Found> = {
  message: (rest, { id }) => {
    const path = `/messages/${encodeURIComponent(id)}`;
    if (rest[0] === 'diff') return ['compare it with the last success', path, { tab: 'compared' }];
    if (rest.includes('--payload')) return ['look at what it carried', path, { tab: 'carried' }];
    if (rest.includes('--log')) return ['read its log', path, { tab: 'log' }];
    return ['walk through its steps', path];
  },
  messages: (rest, { integration }) => {
    if (rest.includes('--in-flight')) return ['look at what is in flight', page(integration), { tab: 'in-flight' }];
    return rest[0] ? ['look at these messages', '/messages', { q: rest[0] }] : undefined;
  },
  logs: (rest, { integration }) => {
    const level = after(rest, '--level')?.toUpperCase();
    const name = rest[0]?.startsWith('-') === false ? rest[0] : integration;
    return [`read the log of ${name}`, '/logs', { integration: name, ...(level ? { level } : {}) }];
  },
  config: (rest, { integration }) => {
    const name = after(rest, '--integration') ?? integration;
    return [`look at the configuration of ${name}`, page(name), { tab: 'configuration' }];
  },
  get: (rest) => LISTS[rest[0] ?? ''],
  describe: (rest, { integration }) => {
    if (rest[0] === 'release') return ['look at the source of its release', page(integration), { tab: 'source' }];
    const name = rest[0] === 'integration' ? (rest[1] ?? integration) : integration;
    return [`look at ${name}`, page(name)];
  },
  restart: (rest, { integration }) => [`go to ${rest[0] ?? integration}`, page(rest[0] ?? integration)],
  capture: () => ['change what is recorded', '/settings', { tab: 'capture' }],
};
