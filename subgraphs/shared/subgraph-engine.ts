import { join } from 'node:path';
import { chooseSqlEngine, type SqlEngine } from '../../src/lib/sql/sql-engine.ts';
import type { SubgraphSettings } from './settings.ts';

/**
 * Chooses the engine of a subgraph's tables: PostgreSQL where there is an address of one, in a schema of the
 * subgraph's name, else a SQLite file of that name in the state directory.
 */
export function chooseSubgraphEngine(
  subgraph: string,
  { databaseUrl, stateDir }: Pick<SubgraphSettings, 'databaseUrl' | 'stateDir'>,
): SqlEngine {
  return chooseSqlEngine({ file: join(stateDir, `${subgraph}.sqlite`), databaseUrl, schema: subgraph });
}
