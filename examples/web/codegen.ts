import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodegenConfig } from '@graphql-codegen/cli';
import { printApiSchema } from '../../src/planning/print-api-schema.ts';

const folder = import.meta.dirname;
const supergraph = readFileSync(join(folder, '../../schema/supergraph.graphql'), 'utf8');

/**
 * Types for the operations of the app, their ids, and the manifest to publish: `src/gql/`.
 *
 * Operations stand in files of their own and are imported by name, so that no text of one reaches the bundle.
 */
const config: CodegenConfig = {
  // What clients see. An app elsewhere names the gateway here: `schema: 'http://127.0.0.1:4000/graphql'`.
  schema: printApiSchema(supergraph),
  documents: join(folder, 'src/operations/*.graphql'),
  emitLegacyCommonJSImports: false,
  generates: {
    [`${join(folder, 'src/gql')}/`]: {
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { mode: 'replaceDocumentWithHash', hashPropertyName: 'documentId' },
      },
      config: {
        documentMode: 'string',
        useTypeImports: true,
        immutableTypes: true,
        strictScalars: true,
        scalars: { Decimal: 'string', DateTime: 'string', URL: 'string', CurrencyCode: 'string' },
      },
    },
  },
};

export default config;
