import { loadYaml } from '../../config/load-yaml.ts';
import { supergraphConfig } from '../../config/supergraph-config.ts';
import { ConfigError } from '../../errors/errors.ts';
import { composeSources } from './compose-sources.ts';
import { type CompositionCache, compositionKey } from './composition-cache.ts';
import { type CompositionOutcome, type CompositionRemark, formatRemark } from './composition-outcome.ts';
import { checkFederationVersion } from './federation-version.ts';
import { readSchemaSources } from './read-schema-sources.ts';

/** A supergraph as composition made it. */
export interface ComposedSupergraph {
  readonly supergraphSdl: string;
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
  { cache }: { readonly cache?: CompositionCache } = {},
): Promise<ComposedSupergraph> {
  const config = loadYaml(configFile, supergraphConfig);
  const sources = await readSchemaSources(config, configFile);
  const versionFaults = checkFederationVersion(config.federation_version, sources);
  if (versionFaults.length > 0) throw new CompositionError(versionFaults);
  const key = compositionKey(config.federation_version, sources);
  const known = cache?.get(key);
  const outcome: CompositionOutcome = known ?? (await composeSources(sources));
  if (outcome.type === 'refused') throw new CompositionError(outcome.faults);
  if (known === undefined) cache?.set(key, outcome);
  return {
    supergraphSdl: outcome.supergraphSdl,
    subgraphNames: sources.map(({ name }) => name),
    hints: outcome.hints,
  };
}
