import { createApiKey, hashSecret } from '../auth/api-key.ts';
import type { Tier } from '../context.ts';
import type { KeyRecord } from '../snapshot.ts';
import type { Database } from '../storage/database.ts';
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

/** The API keys of the control plane. */
export interface KeyStore {
  create(key: NewKey): Promise<CreatedKey>;
  /** Stops a key for ever; an unknown or revoked one stays as it is. */
  revoke(id: string): Promise<void>;
  /** The records of all keys that are not revoked, as workers need them, ordered by id. */
  active(): Promise<readonly KeyRecord[]>;
}

/**
 * @param pepper - peppers the hashes of the secrets
 * @param now - the present, in milliseconds since the epoch
 */
export function createKeyStore(database: Database, pepper: string, now: () => number = Date.now): KeyStore {
  return {
    async create({ name, tier, scopes, accountId, userId, allowedRanges = [], expiresAtMs }) {
      const { id, secret, text } = createApiKey();
      await database
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
        .execute();
      return { id, text };
    },
    async revoke(id) {
      await database
        .updateTable('api_key')
        .set({ revoked_at: now() })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .execute();
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
