import { RequestError } from '../../errors/errors.ts';
import { operationId } from '../../lib/operation-id.ts';
import { sha256 } from '../../lib/sha256.ts';
import type { TrustedDocument } from '../../snapshot.ts';
import type { Database } from '../../storage/database.ts';
import type { Change } from '../../storage/revision.ts';
import type { TrustedDocumentTable } from '../../storage/tables.ts';

/** A document of a manifest, checked already. */
export interface ManifestDocument {
  readonly id: string;
  readonly text: string;
  /** The name of its operation. */
  readonly name: string | undefined;
}

/** All documents of one release of a client. */
export interface Publication {
  readonly client: string;
  /** The release; without one the publication is named by its content. */
  readonly version: string | undefined;
  readonly documents: readonly ManifestDocument[];
}

/** What a publication changed. */
export interface PublicationResult {
  readonly client: string;
  readonly version: string;
  /** Documents that were not there before, or had been retired. */
  readonly added: readonly DocumentName[];
  /** How many were there already. */
  readonly unchanged: number;
  /** Documents of the publication before that are not in this one; they stay, for releases that are still in use. */
  readonly dropped: readonly DocumentName[];
}

export interface DocumentName {
  readonly id: string;
  readonly name: string | null;
}

/** A document as it is told to operators. Times are milliseconds since the epoch. */
export interface ListedDocument extends DocumentName {
  readonly client: string;
  readonly status: 'active' | 'retired';
  /** What usage knows it by. */
  readonly operationId: string;
  /** The releases that it is in, the oldest first. */
  readonly versions: readonly string[];
  readonly createdAtMs: number;
  readonly retiredAtMs?: number;
}

/** The trusted documents of the control plane. */
export interface DocumentStore {
  /**
   * Publishes all documents of a release, or none. The same once more changes nothing.
   *
   * @param isDryRun - tells what would change, and changes nothing
   * @throws RequestError DOCUMENT_CONFLICT when an id or a version means something else already
   */
  publish(publication: Publication, isDryRun: boolean): Promise<PublicationResult>;
  /** @param client - all of them when absent */
  list(client?: string): Promise<readonly ListedDocument[]>;
  /**
   * Stops documents from running. Those of a version go unless another version that is newer has them, too.
   *
   * @returns what was stopped; what was retired before is not in it
   * @throws RequestError NOT_FOUND for an unknown id or version
   */
  retire(client: string, what: RetiredDocuments): Promise<readonly DocumentName[]>;
  /** What workers serve, ordered by client and id. */
  active(): Promise<readonly TrustedDocument[]>;
}

export type RetiredDocuments =
  | { readonly ids: readonly string[]; readonly version?: undefined }
  | { readonly version: string; readonly ids?: undefined };

export interface DocumentStoreOptions {
  readonly database: Database;
  /** Makes changes of the tables known to those who serve from them. */
  readonly change: Change;
  /** The present, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Ends a transaction whose result is all that was wanted. */
class DryRun extends Error {
  readonly result: PublicationResult;
  constructor(result: PublicationResult) {
    super('dry run');
    this.result = result;
  }
}

const DIGEST_NAME_LENGTH = 12;
/** Rows of one statement: PostgreSQL and SQLite bound the number of parameters. */
const ROWS_PER_STATEMENT = 100;

export function createDocumentStore({
  database,
  change,
  now = Date.now,
}: DocumentStoreOptions): DocumentStore {
  return {
    async publish(publication, isDryRun) {
      if (!isDryRun) return change((tables) => publish(tables, publication, now()));
      try {
        return await database.transaction().execute(async (tables) => {
          throw new DryRun(await publish(tables, publication, now()));
        });
      } catch (error) {
        if (error instanceof DryRun) return error.result;
        throw error;
      }
    },
    list: (client) => list(database, client),
    retire: (client, what) => change((tables) => retire(tables, client, what, now())),
    async active() {
      const rows = await database
        .selectFrom('trusted_document')
        .select(['client', 'id', 'text'])
        .where('retired_at', 'is', null)
        .orderBy('client')
        .orderBy('id')
        .execute();
      return rows.map(({ client, id, text }) => ({ client, id, text }));
    },
  };
}

async function publish(
  tables: Database,
  publication: Publication,
  nowMs: number,
): Promise<PublicationResult> {
  const { client, documents } = publication;
  const digest = digestOf(documents);
  const version = publication.version ?? digest.slice(0, DIGEST_NAME_LENGTH);
  const isRepeated = await checkVersion(tables, client, version, digest);
  const rows = await tables.selectFrom('trusted_document').selectAll().where('client', '=', client).execute();
  const known = new Map(rows.map((row) => [row.id, row]));
  checkIds(documents, known);
  const added = documents.filter(({ id }) => known.get(id)?.retired_at !== null);
  const dropped = isRepeated ? [] : await droppedSince(tables, client, documents, known);
  if (!isRepeated) {
    await tables
      .insertInto('document_publication')
      .values({ client, version, digest, published_at: nowMs })
      .execute();
    await inChunks(documents, (chunk) =>
      tables
        .insertInto('published_document')
        .values(chunk.map(({ id }) => ({ client, version, document_id: id })))
        .execute(),
    );
  }
  await addDocuments(tables, client, added, known, nowMs);
  return {
    client,
    version,
    added: added.map(nameOf),
    unchanged: documents.length - added.length,
    dropped,
  };
}

/** @returns whether this very publication was made before */
async function checkVersion(
  tables: Database,
  client: string,
  version: string,
  digest: string,
): Promise<boolean> {
  const before = await tables
    .selectFrom('document_publication')
    .select('digest')
    .where('client', '=', client)
    .where('version', '=', version)
    .executeTakeFirst();
  if (before === undefined || before.digest === digest) return before !== undefined;
  throw new RequestError('DOCUMENT_CONFLICT', {
    message: `Version ${version} of client ${client} was published with other documents; publish these as another version.`,
  });
}

/** An id that an app ships means one text for ever: its installed releases rely on it. */
function checkIds(
  documents: readonly ManifestDocument[],
  known: ReadonlyMap<string, TrustedDocumentTable>,
): void {
  const changed = documents.filter(({ id, text }) => known.has(id) && known.get(id)?.text !== text);
  if (changed.length === 0) return;
  throw new RequestError('DOCUMENT_CONFLICT', {
    message: `Ids that mean other documents already: ${changed.map(({ id }) => id).join(', ')}.`,
    extensions: { ids: changed.map(({ id }) => id) },
  });
}

async function droppedSince(
  tables: Database,
  client: string,
  documents: readonly ManifestDocument[],
  known: ReadonlyMap<string, TrustedDocumentTable>,
): Promise<readonly DocumentName[]> {
  const last = await tables
    .selectFrom('document_publication')
    .select('version')
    .where('client', '=', client)
    .orderBy('published_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last === undefined) return [];
  const rows = await tables
    .selectFrom('published_document')
    .select('document_id')
    .where('client', '=', client)
    .where('version', '=', last.version)
    .orderBy('document_id')
    .execute();
  const kept = new Set(documents.map(({ id }) => id));
  return rows
    .filter(({ document_id }) => !kept.has(document_id))
    .map(({ document_id }) => ({
      id: document_id,
      name: known.get(document_id)?.operation_name ?? null,
    }));
}

async function addDocuments(
  tables: Database,
  client: string,
  added: readonly ManifestDocument[],
  known: ReadonlyMap<string, TrustedDocumentTable>,
  nowMs: number,
): Promise<void> {
  await inChunks(
    added.filter(({ id }) => !known.has(id)),
    (chunk) =>
      tables
        .insertInto('trusted_document')
        .values(
          chunk.map(({ id, text, name }) => ({
            client,
            id,
            text,
            operation_name: name ?? null,
            created_at: nowMs,
            retired_at: null,
          })),
        )
        .execute(),
  );
  await inChunks(
    added.filter(({ id }) => known.has(id)),
    (chunk) => setRetired(tables, client, chunk, null),
  );
}

async function list(database: Database, client: string | undefined): Promise<readonly ListedDocument[]> {
  let documents = database.selectFrom('trusted_document').selectAll().orderBy('client').orderBy('id');
  let releases = database
    .selectFrom('published_document')
    .innerJoin('document_publication', (join) =>
      join
        .onRef('document_publication.client', '=', 'published_document.client')
        .onRef('document_publication.version', '=', 'published_document.version'),
    )
    .select(['published_document.client', 'published_document.version', 'document_id'])
    .orderBy('published_at')
    .orderBy('published_document.version');
  if (client !== undefined) {
    documents = documents.where('client', '=', client);
    releases = releases.where('published_document.client', '=', client);
  }
  const versions = new Map<string, string[]>();
  for (const row of await releases.execute()) {
    const key = JSON.stringify([row.client, row.document_id]);
    versions.set(key, [...(versions.get(key) ?? []), row.version]);
  }
  const rows = await documents.execute();
  return rows.map((row) => ({
    client: row.client,
    id: row.id,
    name: row.operation_name,
    status: row.retired_at === null ? 'active' : 'retired',
    operationId: operationId(row.operation_name, row.text),
    versions: versions.get(JSON.stringify([row.client, row.id])) ?? [],
    createdAtMs: row.created_at,
    ...(row.retired_at === null ? {} : { retiredAtMs: row.retired_at }),
  }));
}

async function retire(
  tables: Database,
  client: string,
  { ids, version }: RetiredDocuments,
  nowMs: number,
): Promise<readonly DocumentName[]> {
  const documents = await list(tables, client);
  const chosen =
    ids === undefined ? ofVersionAlone(documents, client, version) : ofIds(documents, client, ids);
  const stopped = chosen.filter(({ status }) => status === 'active').map(nameOf);
  await inChunks(stopped, (chunk) => setRetired(tables, client, chunk, nowMs));
  return stopped;
}

function ofIds(
  documents: readonly ListedDocument[],
  client: string,
  ids: readonly string[],
): readonly ListedDocument[] {
  const known = new Map(documents.map((document) => [document.id, document]));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new RequestError('NOT_FOUND', {
      message: `Client ${client} has no document of this id: ${unknown.join(', ')}.`,
    });
  }
  return ids.map((id) => known.get(id) as ListedDocument);
}

/** The documents whose newest release it is. */
function ofVersionAlone(
  documents: readonly ListedDocument[],
  client: string,
  version: string,
): readonly ListedDocument[] {
  if (!documents.some(({ versions }) => versions.includes(version))) {
    throw new RequestError('NOT_FOUND', { message: `Client ${client} has no version ${version}.` });
  }
  return documents.filter(({ versions }) => versions.at(-1) === version);
}

async function setRetired(
  tables: Database,
  client: string,
  documents: readonly { readonly id: string }[],
  retiredAtMs: number | null,
): Promise<unknown> {
  return tables
    .updateTable('trusted_document')
    .set({ retired_at: retiredAtMs })
    .where('client', '=', client)
    .where(
      'id',
      'in',
      documents.map(({ id }) => id),
    )
    .execute();
}

async function inChunks<Row>(
  rows: readonly Row[],
  write: (chunk: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    await write(rows.slice(start, start + ROWS_PER_STATEMENT));
  }
}

/** Equal documents, equal digest, in whatever order they come. */
function digestOf(documents: readonly ManifestDocument[]): string {
  const sorted = documents.map(({ id, text }) => [id, text]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(sorted));
}

function nameOf({
  id,
  name,
}: {
  readonly id: string;
  readonly name?: string | null | undefined;
}): DocumentName {
  return { id, name: name ?? null };
}
