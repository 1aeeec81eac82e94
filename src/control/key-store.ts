import { createApiKey, hashSecret } from '../auth/api-key.ts';
import type { Tier } from '../context.ts';
import type { KeyRecord } from '../snapshot.ts';
import type { Database } from '../storage/database.ts';
import type { Change } from '../storage/revision.ts';
import type { ApiKeyTable } from '../storage/tables.ts';

/** What a new key allows. */
export interface NewKey {
  /** For people; need not be unique. */
  readonly name: string;
  readonly tier: Tier;
  readonly scopes: readonly string[];
  readonly accountId: string;
  readonly userId?: string;
  readonly allowedRanges?: readonly string[];
  readonly expiresAtMs?: number;
}

/** A key that was just made. */
export interface CreatedKey {
  readonly id: string;
  /** The whole key: shown once, kept nowhere by the store. */
  readonly text: string;
}

/** A key as it is told to operators: nothing of its secret. Times are milliseconds since the epoch. */
export interface ListedKey extends Omit<KeyRecord, 'secretHashes'> {
  readonly name: string;
  readonly createdAtMs: number;
  readonly revokedAtMs?: number;
}

/** The API keys of the control plane. */
export interface KeyStore {
  create(key: NewKey): Promise<CreatedKey>;
  /** Stops a key for ever. @returns false when there is no such key; one that is revoked already stays as it is */
  revoke(id: string): Promise<boolean>;
  /** All keys, also revoked ones, ordered by the time of their making. */
  list(): Promise<readonly ListedKey[]>;
  /** The records of all keys that are not revoked, as workers need them, ordered by id. */
  active(): Promise<readonly KeyRecord[]>;
}

export interface KeyStoreOptions {
  readonly database: Database;
  /** Makes changes of the tables known to those who serve from them. */
  readonly change: Change;
  /** Peppers the hashes of the secrets. */
  readonly pepper: string;
  /** The present, in milliseconds since the epoch. */
  readonly now?: () => number;
}

export function createKeyStore({ database, change, pepper, now = Date.now }: KeyStoreOptions): KeyStore {
  return {
    async create({ name, tier, scopes, accountId, userId, allowedRanges = [], expiresAtMs }) {
      const { id, secret, text } = createApiKey();
      await change((tables) =>
        tables
          .insertInto('api_key')
          .values({
            id,
            name,
            secret_hashes: JSON.stringify([hashSecret(secret, pepper)]),
            tier,
            scopes: JSON.stringify(scopes),
            account_id: accountId,
            user_id: userId ?? null,
            allowed_ranges: JSON.stringify(allowedRanges),
            expires_at: expiresAtMs ?? null,
            created_at: now(),
            revoked_at: null,
          })
          .execute(),
      );
      return { id, text };
    },
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
      return rows.map((row) => {
        const { secretHashes, ...shown } = toRecord(row);
        return {
          ...shown,
          name: row.name,
          createdAtMs: row.created_at,
          ...(row.revoked_at === null ? {} : { revokedAtMs: row.revoked_at }),
        };
      });
    },
    async active() {
      const rows = await database
        .selectFrom('api_key')
        .selectAll()
        .where('revoked_at', 'is', null)
        .orderBy('id')
        .execute();
      return rows.map(toRecord);
    },
  };
}

function toRecord(row: ApiKeyTable): KeyRecord {
  return {
    id: row.id,
    secretHashes: JSON.parse(row.secret_hashes) as string[],
    tier: row.tier as Tier,
    scopes: JSON.parse(row.scopes) as string[],
    accountId: row.account_id,
    ...(row.user_id === null ? {} : { userId: row.user_id }),
    allowedRanges: JSON.parse(row.allowed_ranges) as string[],
    ...(row.expires_at === null ? {} : { expiresAtMs: row.expires_at }),
  };
}
