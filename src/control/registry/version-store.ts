import { z } from 'zod';
import { sha256 } from '../../lib/sha256.ts';
import type { Database } from '../../storage/database.ts';
import type { SupergraphVersionTable } from '../../storage/tables.ts';
import type { OwnedSubgraph } from './find-takeovers.ts';

/** A subgraph as a version of the supergraph has it. */
export interface RegisteredSubgraph extends OwnedSubgraph {
  /**
   * SHA-256 of what the operator's own files said of it when it was taken from there; null when it was published.
   * Routing URLs of files are trusted, published ones pass the egress guard at every connection.
   */
  readonly fileHash: string | null;
}

export const VERSION_KINDS = ['files', 'publish', 'remove', 'rollback'] as const;
export type VersionKind = (typeof VERSION_KINDS)[number];

const versionChange = z.object({ code: z.string(), coordinate: z.string(), message: z.string() });

/** One difference for clients between a version and its parent. */
export type VersionChange = z.infer<typeof versionChange>;

/** A version as lists show it. Times are milliseconds since the epoch. */
export interface VersionSummary {
  readonly id: number;
  readonly parentId: number | null;
  readonly kind: VersionKind;
  readonly author: string;
  readonly reason: string;
  readonly createdAtMs: number;
  readonly subgraphs: readonly {
    readonly name: string;
    readonly owner: string;
    readonly routingUrl: string;
  }[];
  readonly changes: readonly VersionChange[];
}

/** A version with all that is needed to serve it. */
export interface SupergraphVersion extends Omit<VersionSummary, 'subgraphs'> {
  readonly federationVersion: string;
  readonly supergraphSdl: string;
  /** What clients see of it. */
  readonly apiSdl: string;
  readonly subgraphs: readonly RegisteredSubgraph[];
}

/** What a version is made of. */
export interface NewVersion extends Omit<SupergraphVersion, 'id' | 'parentId' | 'createdAtMs'> {
  /** What the publisher called its request. */
  readonly clientToken?: string | undefined;
  /** Tells whether a request of the same name is the same request. */
  readonly requestHash?: string | undefined;
}

const listedSubgraphs = z.array(
  z.object({
    name: z.string(),
    owner: z.string(),
    routingUrl: z.string(),
    sdlHash: z.string(),
    fileHash: z.string().nullable(),
  }),
);

/** The version that is served; undefined before the first. */
export async function readHead(tables: Database): Promise<SupergraphVersion | undefined> {
  const { version_id: id } = await tables
    .selectFrom('supergraph_head')
    .select('version_id')
    .executeTakeFirstOrThrow();
  return id === null ? undefined : readVersion(tables, id);
}

/** One version; undefined when there is none of that id. */
export async function readVersion(tables: Database, id: number): Promise<SupergraphVersion | undefined> {
  const row = await tables
    .selectFrom('supergraph_version')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const listed = listedSubgraphs.parse(JSON.parse(row.subgraphs));
  const hashes = listed.map(({ sdlHash }) => sdlHash);
  const texts = await tables.selectFrom('subgraph_sdl').selectAll().where('hash', 'in', hashes).execute();
  const sdlOf = new Map(texts.map(({ hash, sdl }) => [hash, sdl]));
  return {
    ...summaryOf(row),
    federationVersion: row.federation_version,
    supergraphSdl: row.supergraph_sdl,
    apiSdl: row.api_sdl,
    subgraphs: listed.map(({ sdlHash, ...subgraph }) => ({ ...subgraph, sdl: sdlOf.get(sdlHash) ?? '' })),
  };
}

/** The newest versions, newest first. */
export async function listVersions(tables: Database, limit: number): Promise<readonly VersionSummary[]> {
  const rows = await tables
    .selectFrom('supergraph_version')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(summaryOf);
}

/** The version that a request of this name made; undefined when none did. */
export async function findByClientToken(
  tables: Database,
  clientToken: string,
): Promise<{ readonly id: number; readonly requestHash: string | null } | undefined> {
  const row = await tables
    .selectFrom('supergraph_version')
    .select(['id', 'request_hash'])
    .where('client_token', '=', clientToken)
    .executeTakeFirst();
  return row === undefined ? undefined : { id: row.id, requestHash: row.request_hash };
}

/** Whether any version was made from files of this hash: a file that was replaced is not taken again. */
export async function wasTakenFromFile(tables: Database, fileHash: string): Promise<boolean> {
  const row = await tables
    .selectFrom('supergraph_version')
    .select('id')
    .where('subgraphs', 'like', `%${fileHash}%`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Makes a version and serves it from now on, if its parent is still the one that is served. To be run in a
 * transaction: of two at once, one finds the other's version as the head.
 *
 * @returns the id, or undefined when somebody else was first
 */
export async function appendVersion(
  tables: Database,
  parentId: number | null,
  version: NewVersion,
  nowMs: number,
): Promise<number | undefined> {
  const id = await nextId(tables);
  const moved = await tables
    .updateTable('supergraph_head')
    .set({ version_id: id })
    .where('version_id', parentId === null ? 'is' : '=', parentId)
    .executeTakeFirst();
  if (moved.numUpdatedRows === 0n) return undefined;
  const sdls = version.subgraphs.map(({ sdl }) => ({ hash: sha256(sdl), sdl }));
  await tables
    .insertInto('subgraph_sdl')
    .values(sdls)
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
  await tables
    .insertInto('supergraph_version')
    .values({
      id,
      parent_id: parentId,
      kind: version.kind,
      author: version.author,
      reason: version.reason,
      federation_version: version.federationVersion,
      supergraph_sdl: version.supergraphSdl,
      api_sdl: version.apiSdl,
      subgraphs: JSON.stringify(
        version.subgraphs.map(({ sdl, ...subgraph }) => ({ ...subgraph, sdlHash: sha256(sdl) })),
      ),
      changes: JSON.stringify(version.changes),
      client_token: version.clientToken ?? null,
      request_hash: version.requestHash ?? null,
      created_at: nowMs,
    })
    .execute();
  return id;
}

async function nextId(tables: Database): Promise<number> {
  const { last } = await tables
    .selectFrom('supergraph_version')
    .select(({ fn }) => fn.max('id').as('last'))
    .executeTakeFirstOrThrow();
  return Number(last ?? 0) + 1;
}

function summaryOf(row: SupergraphVersionTable): VersionSummary {
  return {
    id: row.id,
    parentId: row.parent_id,
    kind: row.kind as VersionKind,
    author: row.author,
    reason: row.reason,
    createdAtMs: row.created_at,
    subgraphs: listedSubgraphs
      .parse(JSON.parse(row.subgraphs))
      .map(({ name, owner, routingUrl }) => ({ name, owner, routingUrl })),
    changes: z.array(versionChange).parse(JSON.parse(row.changes)),
  };
}
