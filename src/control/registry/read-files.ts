import { loadYaml } from '../../config/load-yaml.ts';
import { type SupergraphConfig, supergraphConfig } from '../../config/supergraph-config.ts';
import { ConfigError } from '../../errors/errors.ts';
import { sha256 } from '../../lib/sha256.ts';
import type { SchemaSource } from '../composition/composition-outcome.ts';
import { readSchemaSources } from '../composition/read-schema-sources.ts';

/** A subgraph as the operator's own files have it. */
export interface FileSubgraph extends SchemaSource {
  readonly fileHash: string;
}

/** A `supergraph.yaml` and what it names. */
export interface SupergraphFiles {
  readonly federationVersion: string;
  readonly subgraphs: readonly FileSubgraph[];
  /** Running subgraphs that do not tell their SDL now, with the reason. */
  readonly away: readonly { readonly name: string; readonly reason: ConfigError }[];
}

/**
 * Reads a `supergraph.yaml` with all SDL that it names. A running subgraph that does not answer is told, and is no
 * error here: the registry may know its SDL.
 *
 * @throws ConfigError for files that are missing or wrong
 */
export async function readSupergraphFiles(configFile: string): Promise<SupergraphFiles> {
  const config = loadYaml(configFile, supergraphConfig);
  const away: { name: string; reason: ConfigError }[] = [];
  const read = await Promise.all(
    Object.entries(config.subgraphs).map(async ([name, entry]) => {
      try {
        return await readSchemaSources({ ...config, subgraphs: { [name]: entry } }, configFile);
      } catch (error) {
        if (!(error instanceof ConfigError) || error.code !== 'SUBGRAPH_UNAVAILABLE') throw error;
        away.push({ name, reason: error });
        return [];
      }
    }),
  );
  const subgraphs = read.flat().map((source) => ({ ...source, fileHash: fileHashOf(source) }));
  return { federationVersion: config.federation_version, subgraphs, away };
}

/** The files that a `supergraph.yaml` names, as they stand in it. */
export function namedFiles(config: SupergraphConfig): readonly string[] {
  return Object.values(config.subgraphs).flatMap(({ schema }) => ('file' in schema ? [schema.file] : []));
}

function fileHashOf({ name, routingUrl, sdl }: SchemaSource): string {
  return sha256(JSON.stringify([name, routingUrl, sdl]));
}
