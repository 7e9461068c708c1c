// Makes TypeScript of the server's schema and of operations.graphql: node generate.mjs SCHEMA OUTPUT

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { codegen } from '@graphql-codegen/core';
import * as documentsPlugin from '@graphql-codegen/typed-document-node';
import * as operationsPlugin from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const [schemaFile, output] = process.argv.slice(2);
const operationsFile = new URL('operations.graphql', import.meta.url);

const text = { input: 'string', output: 'string' };
const config = {
  scalars: {
    DateTime: text,
    HTML: text,
    ID: text,
    Markdown: text,
    URL: text,
    JSON: { input: 'unknown', output: 'unknown' },
  },
  useTypeImports: true,
};

const code = await codegen({
  filename: output,
  schema: parse(await readFile(schemaFile, 'utf8')),
  documents: [{ location: operationsFile.pathname, document: parse(await readFile(operationsFile, 'utf8')) }],
  config,
  plugins: [{ operations: {} }, { documents: {} }],
  pluginMap: { operations: operationsPlugin, documents: documentsPlugin },
});
await mkdir(dirname(output), { recursive: true });
await writeFile(output, code);
