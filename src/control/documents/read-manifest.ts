import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DefinitionNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  parse,
  print,
  separateOperations,
} from 'graphql';
import { z } from 'zod';
import { ConfigError } from '../../errors/errors.ts';
import { describeGraphQLError } from '../../lib/describe-graphql-error.ts';
import { sha256 } from '../../lib/sha256.ts';

/** A document as a manifest has it; nothing of it is checked yet. */
export interface ManifestEntry {
  readonly id: string;
  readonly text: string;
}

/** `generate-persisted-query-manifest` of Apollo. */
const apolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
});
/** What Relay's compiler writes with `persistConfig`, and graphql-codegen's client preset with `persistedDocuments`. */
const documentsById = z.record(z.string(), z.string());
/** Relay's older form, and what persist functions of one's own tend to write. */
const documentList = z.array(
  z.union([z.tuple([z.string(), z.string()]), z.object({ id: z.string(), text: z.string() })]),
);

/**
 * Reads the documents of a client: a manifest of Apollo, Relay or graphql-codegen, or a folder of `.graphql` files,
 * whose ids are the SHA-256 of each operation with its fragments.
 *
 * @throws ConfigError CONFIG_NOT_FOUND, CONFIG_SYNTAX, CONFIG_INVALID_VALUE
 */
export function readManifest(path: string): readonly ManifestEntry[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === undefined) throw new ConfigError('CONFIG_NOT_FOUND', `There is no ${path}.`);
  const entries = isFolder ? readFolder(path) : readFile(path);
  if (entries.length > 0) return entries;
  throw new ConfigError('CONFIG_INVALID_VALUE', `${path}: there is no operation in it.`);
}

function readFile(path: string): readonly ManifestEntry[] {
  const manifest = parseJson(path);
  const apollo = apolloManifest.safeParse(manifest);
  if (apollo.success) return apollo.data.operations.map(({ id, body }) => ({ id, text: body }));
  const map = documentsById.safeParse(manifest);
  if (map.success) return Object.entries(map.data).map(([id, text]) => ({ id, text }));
  const list = documentList.safeParse(manifest);
  if (list.success) {
    return list.data.map((entry) => (Array.isArray(entry) ? { id: entry[0], text: entry[1] } : entry));
  }
  throw new ConfigError(
    'CONFIG_INVALID_VALUE',
    `${path}: expected a manifest of Apollo (format, version, operations), a map from id to document (Relay, graphql-codegen), or a list of ids and documents.`,
  );
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError('CONFIG_SYNTAX', `${path} is no JSON: ${(error as Error).message}`);
  }
}

/** Operations may use fragments of other files of the folder. */
function readFolder(folder: string): readonly ManifestEntry[] {
  const files = globSync('**/*.{graphql,gql}', { cwd: folder }).sort();
  const definitions = files.flatMap((file) => parseFile(join(folder, file)).definitions);
  return splitOperations(definitions).map((document) => {
    const text = print(document);
    return { id: sha256(text), text };
  });
}

function splitOperations(definitions: readonly DefinitionNode[]): readonly DocumentNode[] {
  const named = new Set<string>();
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const name = definition.name?.value;
    if (name === undefined)
      throw new ConfigError('CONFIG_INVALID_VALUE', 'An operation of a folder needs a name.');
    if (named.has(name))
      throw new ConfigError('CONFIG_INVALID_VALUE', `Two operations of the folder are called ${name}.`);
    named.add(name);
  }
  return Object.values(separateOperations({ kind: Kind.DOCUMENT, definitions }));
}

function parseFile(file: string): DocumentNode {
  try {
    return parse(readFileSync(file, 'utf8'), { noLocation: true });
  } catch (error) {
    const message = error instanceof GraphQLError ? describeGraphQLError(error) : (error as Error).message;
    throw new ConfigError('CONFIG_SYNTAX', `${file}: ${message}`);
  }
}
