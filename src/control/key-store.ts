import { createApiKey } from '../auth/api-key.ts';
import type { KeyUse } from '../auth/key-usage.ts';
import { isMadeWithCurrent, type KeyGuards, makeVerifier } from '../auth/key-verifier.ts';
import type { Tier } from '../context.ts';
import type { KeyKind, KeyRecord } from '../snapshot.ts';
import type { Database } from '../storage/database.ts';
import type { Change } from '../storage/revision.ts';
import type { ApiKeySecretTable, ApiKeyTable } from '../storage/tables.ts';

/** What a new key allows. */
export interface NewKey {
  /** For people; need not be unique. */
  readonly name: string;
  /** `signing` keys sign requests instead of being sent; `live` without it. */
  readonly kind?: KeyKind;
  readonly tier: Tier;
  readonly scopes: readonly string[];
  readonly accountId: string;
  readonly userId?: string;
  readonly allowedRanges?: readonly string[];
  readonly expiresAtMs?: number;
  /** The client application that the key is bound to. */
  readonly client?: string;
}

/** A key, or a secret of a key, that was just made. */
export interface CreatedKey {
  readonly id: string;
  /** The whole key: shown once, kept nowhere by the store. */
  readonly text: string;
}

/** A secret as it is told to operators. Times are milliseconds since the epoch. */
export interface ListedSecret {
  readonly createdAtMs: number;
  /** Set on a secret that was replaced. */
  readonly endsAtMs?: number;
  /** To a few seconds; absent when it was never used. */
  readonly lastUsedAtMs?: number;
  /** Made with a pepper or sealing key that was replaced since: rotate the key before that one is taken away. */
  readonly hasOldGuard?: true;
}

/** A key as it is told to operators: nothing by which it could be used. */
export interface ListedKey extends Omit<KeyRecord, 'secrets'> {
  readonly name: string;
  readonly createdAtMs: number;
  readonly revokedAtMs?: number;
  /** The newest first. */
  readonly secrets: readonly ListedSecret[];
}

/** The API keys of the control plane. */
export interface KeyStore {
  create(key: NewKey): Promise<CreatedKey>;
  /**
   * Gives a key a new secret. The one before counts on for a while; one from an earlier rotation ends now.
   *
   * @param overlapMs - how long the old secret counts on
   * @returns undefined when there is no such key, or it is revoked
   */
  rotate(id: string, overlapMs: number): Promise<(CreatedKey & { readonly oldEndsAtMs: number }) | undefined>;
  /** Stops a key for ever. @returns false when there is no such key; one that is revoked already stays as it is */
  revoke(id: string): Promise<boolean>;
  /** All keys, also revoked ones, in the order of their making. */
  list(): Promise<readonly ListedKey[]>;
  /** The records of all keys that are not revoked, as workers need them, ordered by id. */
  active(): Promise<readonly KeyRecord[]>;
  /** Notes when secrets were used last. Nothing that workers serve from. */
  recordUses(uses: readonly KeyUse[]): Promise<void>;
}

export interface KeyStoreOptions {
  readonly database: Database;
  /** Makes changes of the tables known to those who serve from them. */
  readonly change: Change;
  readonly guards: KeyGuards;
  /** The present, in milliseconds since the epoch. */
  readonly now?: () => number;
}

export function createKeyStore({ database, change, guards, now = Date.now }: KeyStoreOptions): KeyStore {
  const addSecret = async (tables: Database, key: Parameters<typeof makeVerifier>[0]): Promise<void> => {
    const { verifier, madeWith } = makeVerifier(key, guards);
    const row = { key_id: key.id, verifier, made_with: madeWith, created_at: now() };
    await tables
      .insertInto('api_key_secret')
      .values({ ...row, ends_at: null, last_used_at: null })
      .execute();
  };
  return {
    async create(key) {
      const created = createApiKey(key.kind);
      await change(async (tables) => {
        await tables
          .insertInto('api_key')
          .values(toRow(key, created, now()))
          .execute();
        await addSecret(tables, created);
      });
      return { id: created.id, text: created.text };
    },
    rotate: (id, overlapMs) =>
      change(async (tables) => {
        const key = await tables
          .selectFrom('api_key')
          .select('kind')
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (key === undefined) return undefined;
        const created = createApiKey(key.kind as KeyKind, id);
        const oldEndsAtMs = now() + overlapMs;
        await tables
          .deleteFrom('api_key_secret')
          .where('key_id', '=', id)
          .where('ends_at', 'is not', null)
          .execute();
        await tables
          .updateTable('api_key_secret')
          .set({ ends_at: oldEndsAtMs })
          .where('key_id', '=', id)
          .execute();
        await addSecret(tables, created);
        return { id, text: created.text, oldEndsAtMs };
      }),
    revoke: (id) =>
      change(async (tables) => {
        const found = await tables.selectFrom('api_key').select('id').where('id', '=', id).executeTakeFirst();
        await tables
          .updateTable('api_key')
          .set({ revoked_at: now() })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .execute();
        return found !== undefined;
      }),
    async list() {
      const rows = await database
        .selectFrom('api_key')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      const secrets = await readSecrets(database);
      return rows.map((row) => ({
        ...toFacts(row),
        name: row.name,
        createdAtMs: row.created_at,
        ...(row.revoked_at === null ? {} : { revokedAtMs: row.revoked_at }),
        secrets: (secrets.get(row.id) ?? []).map((secret) => toListed(secret, row.kind as KeyKind, guards)),
      }));
    },
    async active() {
      const rows = await database
        .selectFrom('api_key')
        .selectAll()
        .where('revoked_at', 'is', null)
        .orderBy('id')
        .execute();
      const secrets = await readSecrets(database);
      return rows.map((row) => ({
        ...toFacts(row),
        secrets: (secrets.get(row.id) ?? []).map(({ verifier, ends_at }) => ({
          verifier,
          ...(ends_at === null ? {} : { endsAtMs: ends_at }),
        })),
      }));
    },
    async recordUses(uses) {
      for (const { keyId, verifier, lastUsedAtMs } of uses) {
        await database
          .updateTable('api_key_secret')
          .set({ last_used_at: lastUsedAtMs })
          .where('key_id', '=', keyId)
          .where('verifier', '=', verifier)
          .where((column) =>
            column.or([column('last_used_at', 'is', null), column('last_used_at', '<', lastUsedAtMs)]),
          )
          .execute();
      }
    },
  };
}

/** The secrets by key, the newest of each first. */
async function readSecrets(database: Database): Promise<ReadonlyMap<string, ApiKeySecretTable[]>> {
  const rows = await database
    .selectFrom('api_key_secret')
    .selectAll()
    .orderBy('created_at', 'desc')
    .execute();
  // The newest has no end; two may have been made within one millisecond.
  const newestFirst = rows.sort(
    (left, right) => (right.ends_at ?? Infinity) - (left.ends_at ?? Infinity) || 0,
  );
  return Map.groupBy(newestFirst, ({ key_id }) => key_id);
}

function toRow(key: NewKey, { id, kind }: { id: string; kind: KeyKind }, createdAtMs: number): ApiKeyTable {
  return {
    id,
    kind,
    name: key.name,
    tier: key.tier,
    scopes: JSON.stringify(key.scopes),
    account_id: key.accountId,
    user_id: key.userId ?? null,
    allowed_ranges: JSON.stringify(key.allowedRanges ?? []),
    expires_at: key.expiresAtMs ?? null,
    created_at: createdAtMs,
    revoked_at: null,
    client: key.client ?? null,
  };
}

function toFacts(row: ApiKeyTable): Omit<KeyRecord, 'secrets'> {
  return {
    id: row.id,
    kind: row.kind as KeyKind,
    tier: row.tier as Tier,
    scopes: JSON.parse(row.scopes) as string[],
    accountId: row.account_id,
    ...(row.user_id === null ? {} : { userId: row.user_id }),
    allowedRanges: JSON.parse(row.allowed_ranges) as string[],
    ...(row.expires_at === null ? {} : { expiresAtMs: row.expires_at }),
    ...(row.client === null ? {} : { client: row.client }),
  };
}

function toListed(row: ApiKeySecretTable, kind: KeyKind, guards: KeyGuards): ListedSecret {
  return {
    createdAtMs: row.created_at,
    ...(row.ends_at === null ? {} : { endsAtMs: row.ends_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAtMs: row.last_used_at }),
    ...(isMadeWithCurrent(kind, row.made_with, guards) ? {} : { hasOldGuard: true as const }),
  };
}
