import { ConfigError } from '../../errors/errors.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Database } from '../../storage/database.ts';
import type { Change } from '../../storage/revision.ts';
import { composeSchemas, servedSdl } from '../composition/compose-supergraph.ts';
import type { CompositionCache } from '../composition/composition-cache.ts';
import { formatRemark, type SchemaSource } from '../composition/composition-outcome.ts';
import { describeVersionChanges } from './describe-version-changes.ts';
import { type FileSubgraph, readSupergraphFiles, type SupergraphFiles } from './read-files.ts';
import {
  appendVersion,
  type RegisteredSubgraph,
  readHead,
  type SupergraphVersion,
  wasTakenFromFile,
} from './version-store.ts';

/**
 * How files and registry relate.
 *
 * - `follow`: files lead, for whoever works on them (`dev`). What differs from the version that is served is taken.
 * - `seed`: the registry leads (`serve`). Files make the first version; later on a file is taken when it is new to
 *   the registry, so that a machine that starts with yesterday's files does not bring yesterday back.
 */
export type FilesMode = 'follow' | 'seed';

export interface TakeFilesOptions {
  readonly configFile: string;
  readonly mode: FilesMode;
  readonly database: Database;
  readonly change: Change;
  readonly cache: CompositionCache;
  readonly log: Logger;
  readonly now?: () => number;
}

const CONFINEMENT = { timeoutMs: 10_000, memoryMb: 512 };

/**
 * Brings the operator's own files into the registry, as a version by `files`.
 *
 * @returns the id of the version that it made; undefined when there was nothing to take
 * @throws ConfigError when the files cannot be read or do not compose with the rest
 */
export async function takeFiles(options: TakeFilesOptions): Promise<number | undefined> {
  const { configFile, database, change, log, now = Date.now } = options;
  const files = await readSupergraphFiles(configFile);
  const head = await readHead(database);
  tellAway(files, head, log);
  const subgraphs = await mergeFiles(options, files, head);
  if (subgraphs === undefined) return undefined;
  const composed = await compose(options, files, subgraphs);
  const version = {
    kind: 'files',
    author: 'files',
    reason: head === undefined ? 'first start' : `${configFile} and its files`,
    federationVersion: files.federationVersion,
    ...composed,
    subgraphs,
    changes:
      head === undefined
        ? []
        : await describeVersionChanges(head.supergraphSdl, composed.supergraphSdl, CONFINEMENT),
  } as const;
  // Another machine that starts at the same time has taken the same files.
  return change((tables) => appendVersion(tables, head?.id ?? null, version, now()));
}

function tellAway({ away }: SupergraphFiles, head: SupergraphVersion | undefined, log: Logger): void {
  const known = new Set(head?.subgraphs.map(({ name }) => name));
  const missing = away.filter(({ name }) => !known.has(name)).map(({ reason }) => reason);
  if (missing.length > 0) {
    throw new ConfigError(
      'SUBGRAPH_UNAVAILABLE',
      missing.map(({ message }) => message).join('\n'),
      missing[0]?.cause,
    );
  }
  for (const { reason } of away) log.warn({ reason: reason.message }, 'its registered schema is served');
}

/** The subgraphs of the next version; undefined when it would be the one that is served. */
async function mergeFiles(
  { mode, database }: TakeFilesOptions,
  files: SupergraphFiles,
  head: SupergraphVersion | undefined,
): Promise<readonly RegisteredSubgraph[] | undefined> {
  const registered = new Map((head?.subgraphs ?? []).map((subgraph) => [subgraph.name, subgraph]));
  let isChanged = head === undefined;
  for (const file of files.subgraphs) {
    const known = registered.get(file.name);
    if (known?.fileHash === file.fileHash) continue;
    const isReplaced = known !== undefined && (known.fileHash === null || mode === 'seed');
    if (isReplaced && (await wasTakenFromFile(database, file.fileHash))) continue;
    registered.set(file.name, fromFile(file, known));
    isChanged = true;
  }
  if (mode === 'follow') {
    const named = new Set([...files.subgraphs, ...files.away].map(({ name }) => name));
    for (const { name, fileHash } of registered.values()) {
      if (fileHash === null || named.has(name)) continue;
      registered.delete(name);
      isChanged = true;
    }
  }
  return isChanged ? [...registered.values()] : undefined;
}

function fromFile(
  { name, routingUrl, sdl, fileHash }: FileSubgraph,
  known: RegisteredSubgraph | undefined,
): RegisteredSubgraph {
  return { name, routingUrl, sdl, fileHash, owner: known?.owner ?? name };
}

async function compose(
  { cache, log }: TakeFilesOptions,
  { federationVersion, subgraphs: files }: SupergraphFiles,
  subgraphs: readonly RegisteredSubgraph[],
): Promise<Pick<SupergraphVersion, 'supergraphSdl' | 'apiSdl'>> {
  const locations = new Map(files.map(({ name, location }) => [name, location]));
  const sources = subgraphs.map(
    ({ name, routingUrl, sdl }): SchemaSource => ({
      name,
      routingUrl,
      sdl,
      location: locations.get(name) ?? name,
    }),
  );
  const { supergraphSdl, apiSchema, hints } = await composeSchemas(federationVersion, sources, { cache });
  for (const hint of hints) log.info({ hint: formatRemark(hint) }, 'composition has a hint');
  return { supergraphSdl, apiSdl: servedSdl(apiSchema) };
}
