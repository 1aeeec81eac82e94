import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { composeServices } from '@apollo/composition';
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  parse,
  type StringValueNode,
  type TypeDefinitionNode,
  validate,
} from 'graphql';
import { parse as parseYaml } from 'yaml';

const root = new URL('../../', import.meta.url);

interface SubgraphSdl {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: DocumentNode;
}

/** The subgraphs that `supergraph.yaml` names, with the SDL in the files that it names. */
async function readSubgraphs(): Promise<SubgraphSdl[]> {
  const config = parseYaml(await readFile(new URL('supergraph.yaml', root), 'utf8')) as {
    subgraphs: Record<string, { routing_url: string; schema: { file: string } }>;
  };
  return Promise.all(
    Object.entries(config.subgraphs).map(async ([name, { routing_url: url, schema }]) => ({
      name,
      url,
      typeDefs: parse(await readFile(new URL(schema.file, root), 'utf8')),
    })),
  );
}

const subgraphs = await readSubgraphs();
const composed = composeServices(subgraphs);

/** What clients see: without directives of the federation and without what is inaccessible. */
function apiSchema(): GraphQLSchema {
  assert.ok(composed.schema !== undefined, String(composed.errors?.join('\n')));
  return composed.schema.toAPISchema().toGraphQLJSSchema();
}

test('the subgraphs compose without errors and without hints', () => {
  assert.deepEqual(
    subgraphs.map(({ name, url }) => [name, url]),
    [
      ['portfolio', 'http://127.0.0.1:4201/graphql'],
      ['price', 'http://127.0.0.1:4202/graphql'],
      ['analytics', 'http://127.0.0.1:4203/graphql'],
      ['news', 'http://127.0.0.1:4204/graphql'],
      ['gateway', 'internal:gateway'],
    ],
  );
  assert.deepEqual(composed.errors?.map(String) ?? [], []);
  assert.deepEqual(composed.hints?.map(String), []);
});

test('each operation of schema/operations is valid', async () => {
  const directory = new URL('schema/operations/', root);
  const files = (await readdir(directory)).filter((file) => file.endsWith('.graphql')).toSorted();
  assert.equal(files.length, 12);
  const schema = apiSchema();
  const names = new Set<string>();
  for (const file of files) {
    const document = parse(await readFile(new URL(file, directory), 'utf8'));
    assert.deepEqual(validate(schema, document).map(String), [], file);
    for (const definition of document.definitions) {
      assert.equal(definition.kind, Kind.OPERATION_DEFINITION, file);
      names.add((definition as { name?: { value: string } }).name?.value ?? '');
    }
  }
  assert.equal(names.size, files.length, 'one operation a file, each with a name of its own');
});

/** The coordinates of a type's own parts and of itself that have no description. */
function undescribedIn(type: GraphQLNamedType, isRoot: boolean): string[] {
  const missing: string[] = [];
  const look = (coordinate: string, { description }: { description?: string | null | undefined }) => {
    if (!description?.trim()) missing.push(coordinate);
  };
  // Root types are doors: what they are is said by the specification, what they offer by their fields.
  if (!isRoot) look(type.name, type);
  if (isEnumType(type)) {
    for (const value of type.getValues()) look(`${type.name}.${value.name}`, value);
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field);
  } else if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      look(`${type.name}.${field.name}`, field);
      for (const argument of field.args) look(`${type.name}.${field.name}(${argument.name}:)`, argument);
    }
  }
  return missing;
}

test('every type, field, argument and enum value of the API schema has a description', () => {
  const schema = apiSchema();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  assert.ok(types.length > 50);
  assert.deepEqual(
    types.flatMap((type) => undescribedIn(type, roots.includes(type as never))),
    [],
  );
});

interface Described {
  readonly name: { readonly value: string };
  readonly description?: StringValueNode | undefined;
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
  readonly arguments?: readonly Described[] | undefined;
  readonly fields?: readonly Described[] | undefined;
  readonly values?: readonly Described[] | undefined;
}

const hasDirective = ({ directives = [] }: Described, name: string) =>
  directives.some((directive) => directive.name.value === name);

/** Descriptions by coordinate, '' for none, of a definition and of all that stands in it. */
function* descriptionsOf(
  node: Described,
  coordinate: string,
): Generator<[coordinate: string, description: string]> {
  yield [coordinate, node.description?.value ?? ''];
  for (const part of [...(node.fields ?? []), ...(node.values ?? []), ...(node.arguments ?? [])]) {
    yield* descriptionsOf(part, `${coordinate}.${part.name.value}`);
  }
}

/**
 * The types that belong to no subgraph: scalars, enums, inputs, and objects that are shareable as a whole. An
 * entity belongs to its owner, and the others describe nothing but what they add.
 */
function isValueType(node: TypeDefinitionNode): boolean {
  return node.kind !== Kind.OBJECT_TYPE_DEFINITION || hasDirective(node, 'shareable');
}

test('what several subgraphs have is described in the same words', () => {
  const uses = new Map<string, { name: string; description: string; isValue: boolean }[]>();
  for (const { name, typeDefs } of subgraphs) {
    for (const node of typeDefs.definitions) {
      if (!('name' in node) || !node.kind.endsWith('TypeDefinition')) continue;
      const definition = node as TypeDefinitionNode;
      for (const [coordinate, description] of descriptionsOf(definition, definition.name.value)) {
        const known = uses.get(coordinate) ?? [];
        known.push({ name, description, isValue: isValueType(definition) });
        uses.set(coordinate, known);
      }
    }
  }
  const shared = [...uses].filter(([, each]) => each.length > 1);
  assert.ok(shared.some(([coordinate]) => coordinate === 'Decimal'));
  for (const [coordinate, each] of shared) {
    // Whoever has a value type describes it; whoever only refers to an entity may leave that to its owner.
    const told = each.filter(({ description, isValue }) => isValue || description !== '');
    const versions = new Set(told.map(({ description }) => description));
    assert.ok(versions.size <= 1, `${coordinate} differs: ${JSON.stringify(told)}`);
  }
});

/**
 * Where a subgraph adds to another one's entity, its absence must cost its own fields alone: a non-null field there
 * would null the whole entity, and with it what the others know.
 */
test('what a subgraph adds to an entity of another is nullable', () => {
  const owners = new Map([
    ...['Token', 'TokenDeployment', 'Chain'].map((type) => [type, 'price'] as const),
    ...['User', 'Portfolio', 'Holding', 'Transaction', 'Watchlist', 'ImportJob'].map(
      (type) => [type, 'portfolio'] as const,
    ),
  ]);
  const found: string[] = [];
  for (const { name, typeDefs } of subgraphs) {
    for (const definition of typeDefs.definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      const owner = owners.get(definition.name.value);
      if (owner === undefined || owner === name) continue;
      for (const field of definition.fields ?? []) {
        const isOthers = field.name.value === 'id' || field.name.value === 'caip19';
        const isExternal =
          field.directives?.some((directive) => directive.name.value === 'external') ?? false;
        if (isOthers || isExternal || field.type.kind !== Kind.NON_NULL_TYPE) continue;
        found.push(`${name}: ${definition.name.value}.${field.name.value}`);
      }
    }
  }
  assert.deepEqual(found, []);
});
