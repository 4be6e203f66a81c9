import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nextStep } from './next-step';

const of = { id: '019A', integration: 'orders' };
const to = (command: string) => {
  const found = nextStep(command, of);
  return found.is === 'place' ? `${found.path}?${new URLSearchParams(found.parameters)}` : found.command;
};

test('a command that the console has a place for leads there', () => {
  expect(to('midplane message diff 019A')).toBe('/messages/019A?tab=compared');
  expect(to('midplane message 019A --payload')).toBe('/messages/019A?tab=carried');
  expect(to("midplane messages 'route:take since:15m'")).toBe('/messages?q=route%3Atake+since%3A15m');
  expect(to('midplane messages --in-flight')).toBe('/integrations/orders?tab=in-flight');
  expect(to('midplane logs orders --since 15m --level warn')).toBe('/logs?integration=orders&level=WARN');
  expect(to('midplane config list --integration orders')).toBe('/integrations/orders?tab=configuration');
  expect(to('midplane get deployments')).toBe('/deployments?');
  expect(to('midplane describe integration orders')).toBe('/integrations/orders?');
  expect(to('midplane restart orders')).toBe('/integrations/orders?');
  expect(to('midplane capture orders --bodies --for 10m')).toBe('/settings?tab=capture');
});

test('any other command stays one', () => {
  expect(to('midplane check')).toBe('midplane check');
  expect(to('midplane get secrets')).toBe('midplane get secrets');
  expect(to('ping prices')).toBe('ping prices');
});

test('every rule of the server but one for the desk leads to a place', () => {
  const rules = readFileSync(new URL('../../../crates/telemetry/src/cause/rules.rs', import.meta.url), 'utf8');
  const commands = new Set(rules.match(/(?<=")midplane [^"]+(?=")/g));
  expect(commands.size).toBeGreaterThan(5);
  expect([...commands].filter((one) => nextStep(one, of).is === 'command')).toEqual(['midplane check']);
});
