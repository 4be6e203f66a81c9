import { expect, test } from 'vitest';
import { midplane } from './command';

test('a command can be pasted whatever its words hold', () => {
  expect(midplane('messages', 'outcome:failed')).toBe('midplane messages outcome:failed');
  expect(midplane('messages', `error:"it's" route:a`)).toBe(`midplane messages 'error:"it'\\''s" route:a'`);
  expect(midplane('logs', 'orders', false, null, '-f')).toBe('midplane logs orders -f');
});
