import { loadYaml } from '../../config/load-yaml.ts';
import { supergraphConfig } from '../../config/supergraph-config.ts';
import { ConfigError } from '../../errors/errors.ts';
import { composeSources } from './compose-sources.ts';
import { type CompositionCache, compositionKey } from './composition-cache.ts';
import {
  type ApiSchema,
  type CompositionInput,
  type CompositionOutcome,
  type CompositionRemark,
  formatRemark,
  type SchemaSource,
} from './composition-outcome.ts';
import { checkFederationVersion } from './federation-version.ts';
import { readSchemaSources } from './read-schema-sources.ts';

/** A supergraph as composition made it. */
export interface ComposedSupergraph {
  readonly supergraphSdl: string;
  readonly apiSchema: ApiSchema;
  /** Where each subgraph answers, by name. */
  readonly routingUrls: Readonly<Record<string, string>>;
  readonly subgraphNames: readonly string[];
  /** What composition found worth knowing; nothing of it stops a start. */
  readonly hints: readonly CompositionRemark[];
}

/** Subgraphs that do not compose. The message has one line for each fault. */
export class CompositionError extends ConfigError {
  readonly faults: readonly CompositionRemark[];
  constructor(faults: readonly CompositionRemark[]) {
    super('COMPOSITION_FAILED', ['The subgraphs do not compose.', ...faults.map(formatRemark)].join('\n'));
    this.faults = faults;
  }
}

/**
 * Composes the subgraphs of a `supergraph.yaml`.
 *
 * @param cache - asked before composing and filled after it
 * @throws CompositionError with every fault; ConfigError for the file itself and for SDL that cannot be read
 */
export async function composeSupergraph(
  configFile: string,
  { cache }: { readonly cache?: CompositionCache | undefined } = {},
): Promise<ComposedSupergraph> {
  const config = loadYaml(configFile, supergraphConfig);
  const sources = await readSchemaSources(config, configFile);
  return composeSchemas(config.federation_version, sources, { cache });
}

/**
 * Composes subgraphs whose SDL is at hand.
 *
 * @throws CompositionError with every fault
 */
export async function composeSchemas(
  federationVersion: string,
  sources: readonly SchemaSource[],
  { cache }: { readonly cache?: CompositionCache | undefined } = {},
): Promise<ComposedSupergraph> {
  const versionFaults = checkFederationVersion(federationVersion, sources);
  if (versionFaults.length > 0) throw new CompositionError(versionFaults);
  const { supergraphSdl, apiSchema, hints } = await composeOnce(federationVersion, sources, cache);
  return {
    supergraphSdl,
    apiSchema,
    routingUrls: Object.fromEntries(sources.map(({ name, routingUrl }) => [name, routingUrl])),
    subgraphNames: sources.map(({ name }) => name),
    hints,
  };
}

/**
 * What clients see of a supergraph that somebody has composed before.
 *
 * @param cache - asked before the supergraph is loaded and filled after it
 */
export async function readApiSchema(
  supergraphSdl: string,
  { cache }: { readonly cache?: CompositionCache } = {},
): Promise<ApiSchema> {
  return (await composeOnce('', { supergraphSdl }, cache)).apiSchema;
}

/** @throws ConfigError SUPERGRAPH_INVALID with the reason why there is none */
export function servedSdl(apiSchema: ApiSchema): string {
  if ('sdl' in apiSchema) return apiSchema.sdl;
  throw new ConfigError('SUPERGRAPH_INVALID', `The supergraph cannot be served: ${apiSchema.refusal}`);
}

async function composeOnce(
  federationVersion: string,
  input: CompositionInput,
  cache: CompositionCache | undefined,
): Promise<Extract<CompositionOutcome, { type: 'composed' }>> {
  const key = compositionKey(federationVersion, input);
  const known = cache?.get(key);
  const outcome = known ?? (await composeSources(input));
  if (outcome.type === 'refused') throw new CompositionError(outcome.faults);
  if (known === undefined) cache?.set(key, outcome);
  return outcome;
}
