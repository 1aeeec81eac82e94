import { readFileSync } from 'node:fs';
import { ConfigError } from '../errors/errors.ts';
import type { Logger } from '../observability/logger.ts';
import { composeSupergraph, readApiSchema } from './composition/compose-supergraph.ts';
import { createCompositionCache } from './composition/composition-cache.ts';
import { type ApiSchema, formatRemark } from './composition/composition-outcome.ts';
import { readLastGoodSnapshot } from './last-good-snapshot.ts';
import type { StateDirectory } from './state-directory.ts';

/** Where the supergraph comes from: SDL that is served as it is, or a `supergraph.yaml` that is composed. */
export type SupergraphSource = { readonly file: string } | { readonly config: string };

export interface LoadedSupergraph {
  readonly supergraphSdl: string;
  /** What clients see of it, as SDL. */
  readonly apiSdl: string;
  /** Where each subgraph answers, by name. */
  readonly routingUrls: Readonly<Record<string, string>>;
}

/**
 * Loads the supergraph at a start. Where a running subgraph does not tell its SDL, the last good supergraph is
 * served, with a warning: the platform must come up again while a subgraph is down.
 *
 * @throws ConfigError for everything that a person has to mend: a missing or broken file, subgraphs that do not compose
 */
export async function loadSupergraph(
  source: SupergraphSource,
  state: StateDirectory,
  log: Logger,
): Promise<LoadedSupergraph> {
  const cache = createCompositionCache(state.compositionPath);
  if ('file' in source) {
    // Loaded for this alone: most starts compose, and parse no GraphQL in this process.
    const { subgraphUrls } = await import('../supergraph/subgraph-urls.ts');
    const supergraphSdl = readSupergraphFile(source.file);
    const routingUrls = subgraphUrls(supergraphSdl, source.file);
    const apiSdl = servedSdl(await readApiSchema(supergraphSdl, { cache }));
    return { supergraphSdl, apiSdl, routingUrls };
  }
  try {
    const { supergraphSdl, apiSchema, routingUrls, hints } = await composeSupergraph(source.config, {
      cache,
    });
    for (const hint of hints) log.info({ hint: formatRemark(hint) }, 'composition has a hint');
    return { supergraphSdl, apiSdl: servedSdl(apiSchema), routingUrls };
  } catch (error) {
    const isAway = error instanceof ConfigError && error.code === 'SUBGRAPH_UNAVAILABLE';
    const lastGood = isAway ? readLastGoodSnapshot(state.snapshotFile) : undefined;
    if (!isAway || lastGood === undefined) throw error;
    log.warn({ reason: error.message, snapshotId: lastGood.id }, 'serving the last good supergraph');
    const { supergraphSdl, apiSdl, routingUrls } = lastGood;
    return { supergraphSdl, apiSdl, routingUrls };
  }
}

function servedSdl(apiSchema: ApiSchema): string {
  if ('sdl' in apiSchema) return apiSchema.sdl;
  throw new ConfigError('SUPERGRAPH_INVALID', `The supergraph cannot be served: ${apiSchema.refusal}`);
}

function readSupergraphFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError('CONFIG_NOT_FOUND', `${file}: there is no such file, or it cannot be read.`, cause);
  }
}
