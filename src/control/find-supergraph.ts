import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composeSupergraph } from './composition/compose-supergraph.ts';
import { readSupergraphFile } from './load-supergraph.ts';

/** A supergraph as somebody composed it. */
export interface FoundSupergraph {
  readonly supergraphSdl: string;
  /** Where it is, or would be: rules stand beside it. */
  readonly file: string;
}

const COMPOSED = 'schema/supergraph.graphql';
const PLATFORM = fileURLToPath(new URL(`../../${COMPOSED}`, import.meta.url));

/**
 * Finds the supergraph that is meant, for what works without a running gateway: the named file; else what a
 * `supergraph.yaml` in this folder comes to, as it was composed or composed now; else the platform's own.
 *
 * @throws ConfigError when there is none, or it cannot be composed
 */
export async function findSupergraph(named: string | undefined): Promise<FoundSupergraph> {
  if (named !== undefined) return { supergraphSdl: readSupergraphFile(named), file: named };
  const config = 'supergraph.yaml';
  if (!existsSync(config)) return { supergraphSdl: readSupergraphFile(PLATFORM), file: PLATFORM };
  const file = join(dirname(config), COMPOSED);
  if (existsSync(file)) return { supergraphSdl: readSupergraphFile(file), file };
  return { supergraphSdl: (await composeSupergraph(config)).supergraphSdl, file };
}
