import {
  buildASTSchema,
  type DocumentNode,
  type GraphQLNamedType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import type { CallerTokenSigner } from '../../auth/caller-token.ts';
import type { SubgraphCallSettings } from '../../config/subgraph-settings.ts';
import type { Caller } from '../../context.ts';
import { SubgraphError } from '../../errors/errors.ts';
import { printableUrl } from '../../lib/printable-url.ts';
import { directiveArguments } from '../../supergraph/directive-arguments.ts';
import { federationNames } from '../../supergraph/federation-names.ts';
import { withDeadline } from '../../transport/deadline.ts';
import type { EgressPolicy } from '../../transport/egress-guard.ts';
import { createHttpSubgraphClient } from '../../transport/http-subgraph-client.ts';
import type { SubgraphResponse } from '../../transport/subgraph-client.ts';
import type { SubgraphSchema } from './check-publication.ts';

export interface ProbeOptions {
  /** Signs the probe's token, whose audience is the subgraph: nobody else takes it. */
  readonly tokens: CallerTokenSigner;
  readonly egress: EgressPolicy | undefined;
  readonly call: SubgraphCallSettings;
}

const NOBODY: Caller = { tier: 'ANONYMOUS', scopes: new Set() };
/** A key that no entity has: an honest subgraph answers null for it. */
const UNKNOWN_KEY = 'tributary-probe';

/**
 * Asks a subgraph what it will be asked for once it is live: its SDL, and an entity of each of its keys by a key that
 * does not exist. Entities may be refused to a caller without rights, as long as each has its place in the list.
 *
 * @returns undefined when it answers as a subgraph does, else the reason as a sentence
 */
export async function probeSubgraph(
  { name, routingUrl, sdl }: SubgraphSchema,
  { tokens, egress, call }: ProbeOptions,
): Promise<string | undefined> {
  const client = withDeadline(
    createHttpSubgraphClient({ ...call, subgraph: name, url: routingUrl, egress }),
    call.timeoutMs,
  );
  const headers = { authorization: `Bearer ${await tokens.sign(NOBODY, name)}` };
  const ask = (query: string, variables: object = {}): Promise<SubgraphResponse> =>
    client.send({
      operationKind: 'query',
      body: JSON.stringify({ query, variables }),
      headers,
      signal: new AbortController().signal,
    });
  try {
    return (await probeService(ask)) ?? (await probeEntities(ask, parse(sdl, { noLocation: true })));
  } catch (error) {
    if (!(error instanceof SubgraphError)) throw error;
    return `${name} does not answer at ${printableUrl(routingUrl)}: ${error.message} (${error.code}).`;
  } finally {
    await client.close();
  }
}

type Ask = (query: string, variables?: object) => Promise<SubgraphResponse>;

async function probeService(ask: Ask): Promise<string | undefined> {
  const { data } = await ask('{ _service { sdl } }');
  const service = data?._service as { readonly sdl?: unknown } | null | undefined;
  return typeof service?.sdl === 'string'
    ? undefined
    : 'It does not answer { _service { sdl } } as a subgraph does.';
}

async function probeEntities(ask: Ask, document: DocumentNode): Promise<string | undefined> {
  const representations = probeRepresentations(document);
  if (representations.length === 0) return undefined;
  const query =
    'query($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }';
  const { data, errors } = await ask(query, { representations });
  const entities = data?._entities;
  if (!Array.isArray(entities)) {
    const [first] = errors;
    return `It does not answer _entities: ${String(first?.message ?? 'there is no list in its answer')}.`;
  }
  if (entities.length !== representations.length) {
    return `It answers ${entities.length} entities for ${representations.length} representations.`;
  }
  const stranger = entities.findIndex(
    (entity: { readonly __typename?: unknown } | null, index) =>
      entity !== null && entity.__typename !== representations[index]?.__typename,
  );
  return stranger === -1
    ? undefined
    : `It answers a ${String(entities[stranger].__typename)} where a ${representations[stranger]?.__typename} was asked for.`;
}

/** One representation for each key that the subgraph resolves. */
export function probeRepresentations(
  document: DocumentNode,
): ({ __typename: string } & Record<string, unknown>)[] {
  const keyName = federationNames(document)('key');
  const schema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  return document.definitions.flatMap((node) => {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.OBJECT_TYPE_EXTENSION) return [];
    return (node.directives ?? [])
      .filter(({ name }) => name.value === keyName)
      .map(directiveArguments)
      .filter(({ resolvable }) => resolvable !== false)
      .map(({ fields }) => ({
        __typename: node.name.value,
        ...keyValues(schema.getType(node.name.value), String(fields)),
      }));
  });
}

function keyValues(type: GraphQLNamedType | undefined, fieldSet: string): Record<string, unknown> {
  const [definition] = parse(`{ ${fieldSet} }`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? valuesOf(type, definition.selectionSet) : {};
}

function valuesOf(
  parent: GraphQLNamedType | undefined,
  { selections }: SelectionSetNode,
): Record<string, unknown> {
  return Object.fromEntries(
    selections.flatMap((selection) => {
      if (selection.kind !== Kind.FIELD) return [];
      const field = isObjectType(parent) ? parent.getFields()[selection.name.value] : undefined;
      if (field === undefined) return [];
      const named = getNamedType(field.type);
      const value =
        isCompositeType(named) && selection.selectionSet !== undefined
          ? valuesOf(named, selection.selectionSet)
          : leafValue(named);
      return [[selection.name.value, value]];
    }),
  );
}

function leafValue(type: GraphQLNamedType): unknown {
  if (isEnumType(type)) return type.getValues()[0]?.name ?? UNKNOWN_KEY;
  if (type.name === 'Int' || type.name === 'Float') return 0;
  return type.name === 'Boolean' ? false : UNKNOWN_KEY;
}
