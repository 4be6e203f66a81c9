// Types of every operation in src/**/*.graphql, from the server's schema. `node tools/types.mjs` writes src/api/generated.ts;
// src/api/generated.test.ts calls `types()` and fails when the committed file is stale.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typedDocuments from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const path = join(root, 'src/api/generated.ts');

function documents(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const inside = join(folder, entry.name);
      if (entry.isDirectory()) return documents(inside);
      return entry.name.endsWith('.graphql')
        ? [{ location: inside, document: parse(readFileSync(inside, 'utf8')) }]
        : [];
    });
}

export async function types() {
  const schema = parse(readFileSync(join(root, '../docs/reference/schema.graphql'), 'utf8'));
  const config = {
    documentMode: 'string',
    enumsAsTypes: true,
    scalars: { ID: 'string' },
    useTypeImports: true,
    skipTypename: true,
  };
  return codegen({
    filename: path,
    schema,
    documents: documents(join(root, 'src')),
    config,
    // `operations` writes the inputs and enums that operations use as well.
    plugins: [{ operations: {} }, { typedDocuments: {} }],
    pluginMap: { operations, typedDocuments },
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(path, await types());
