import { readFileSync } from 'node:fs';
import { ConfigError } from '../errors/errors.ts';
import { readApiSchema, servedSdl } from './composition/compose-supergraph.ts';
import { createCompositionCache } from './composition/composition-cache.ts';
import type { StateDirectory } from './state-directory.ts';

/** Where the supergraph comes from: SDL that is served as it is, or a registry that a `supergraph.yaml` fills. */
export type SupergraphSource = { readonly file: string } | { readonly config: string };

export interface LoadedSupergraph {
  readonly supergraphSdl: string;
  /** What clients see of it, as SDL. */
  readonly apiSdl: string;
  /** Where each subgraph answers, by name. */
  readonly routingUrls: Readonly<Record<string, string>>;
}

/**
 * Loads a supergraph that is served as it is.
 *
 * @throws ConfigError for everything that a person has to mend: a missing or broken file
 */
export async function loadSupergraph(file: string, state: StateDirectory): Promise<LoadedSupergraph> {
  // Loaded for this alone: with a registry, this process parses no GraphQL at its start.
  const { subgraphUrls } = await import('../supergraph/subgraph-urls.ts');
  const cache = createCompositionCache(state.compositionPath);
  const supergraphSdl = readSupergraphFile(file);
  const routingUrls = subgraphUrls(supergraphSdl, file);
  return { supergraphSdl, apiSdl: servedSdl(await readApiSchema(supergraphSdl, { cache })), routingUrls };
}

/** Reads the SDL of a supergraph. @throws ConfigError CONFIG_NOT_FOUND */
export function readSupergraphFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError('CONFIG_NOT_FOUND', `${file}: there is no such file, or it cannot be read.`, cause);
  }
}
