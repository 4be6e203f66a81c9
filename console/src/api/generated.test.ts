import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('the types are those of the schema and of the operations (npm run types)', async () => {
  // Not typed: a tool of its own, which the build does not know.
  const tool = (await import('../../tools/types.mjs' as string)) as { path: string; types: () => Promise<string> };
  expect(readFileSync(tool.path, 'utf8')).toBe(await tool.types());
});
