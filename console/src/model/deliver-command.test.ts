import { expect, test } from 'vitest';
import type { Content } from './content';
import { holdCommand, replayCommand, sendCommand } from './deliver-command';
import { begin } from './replay';

const header = (name: string, kind: 'text' | 'long', value: string) => ({ name, kind, value });
const kept: Content = { body: { is: 'text', text: '{"sku":"TEA-10"}' }, headers: [header('n', 'long', '5')] };
const numbers = new Map([[7, '5.2.1']]);
const dry = { dry: true, numbers };
const real = { dry: false, numbers };

test('an unedited replay is its id', () => {
  expect(replayCommand('8A1F', begin(kept), kept, real)).toBe('midplane replay 8A1F --yes');
});

test('what was edited and chosen is in the command', () => {
  const form = {
    ...begin({
      body: { is: 'text', text: '{"sku":"TEA-01"}' },
      headers: [...kept.headers, header('X', 'text', 'a b')],
    }),
    chosen: [
      { place: { step: 7 }, choice: { is: 'from' as const, id: '8B07' } },
      { place: { step: 7 }, choice: { is: 'allow' as const } },
    ],
  };
  expect(replayCommand('8A1F', form, kept, dry)).toBe(
    `midplane replay 8A1F '--body={"sku":"TEA-01"}' '--header=X=a b' --dry-run --reply=5.2.1=from:8B07 --allow=5.2.1`,
  );
});

test('what flags cannot say is left to the editor or a file', () => {
  expect(replayCommand('8A1F', begin({ ...kept, headers: [] }), kept, real)).toBe('midplane replay 8A1F --edit --yes');
  const long = begin({ ...kept, body: { is: 'text', text: 'x'.repeat(500) } });
  expect(replayCommand('8A1F', long, kept, real)).toBe('midplane replay 8A1F --body=@body.txt --yes');
  const at = begin({ ...kept, body: { is: 'text', text: '@home' } });
  expect(replayCommand('8A1F', at, kept, real)).toContain('@body.txt');
});

test('a send names route or endpoint', () => {
  const to = { integration: 'orders', environment: 'dev' };
  const form = begin({ body: { is: 'text', text: 'x' }, headers: [header('n', 'long', '5')] });
  expect(sendCommand({ ...to, route: 'take' }, { ...form, wantsReply: true }, real)).toBe(
    'midplane send orders/take --body=x --header=n:long=5 --answer --env=dev',
  );
  expect(sendCommand({ ...to, endpoint: 'seda:bulk' }, form, real)).toBe(
    'midplane send orders --endpoint=seda:bulk --body=x --header=n:long=5 --env=dev',
  );
});

test('a hold is a verb', () => {
  expect(holdCommand('STOP', 'orders', 'take', 'dev')).toBe('midplane route stop orders/take --env=dev');
});
