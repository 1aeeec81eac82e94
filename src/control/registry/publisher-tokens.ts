import { randomBytes } from 'node:crypto';
import { equalHashes, hashSecret } from '../../auth/api-key.ts';
import type { Database } from '../../storage/database.ts';
import type { Actor, PublisherAction } from './actor.ts';

export interface NewPublisherToken {
  /** For people; need not be unique. */
  readonly name: string;
  readonly subgraph: string;
  readonly owner: string;
  readonly actions: readonly PublisherAction[];
}

/** A token as it is told to operators: nothing of its secret. */
export interface ListedPublisherToken extends NewPublisherToken {
  readonly id: string;
  readonly createdAtMs: number;
  readonly revokedAtMs?: number;
}

/** The tokens by which teams publish their subgraphs: `trb_pub_<id>_<secret>`. */
export interface PublisherTokens {
  /** @returns the whole token: shown once, kept nowhere */
  create(token: NewPublisherToken): Promise<{ readonly id: string; readonly text: string }>;
  list(): Promise<readonly ListedPublisherToken[]>;
  /** @returns false when there is no such token */
  revoke(id: string): Promise<boolean>;
  /** Who holds a token; undefined when it is unknown, wrong or revoked. */
  identify(text: string): Promise<Actor | undefined>;
}

const FORM = /^trb_pub_([0-9a-f]{16})_([0-9a-f]{48})$/;
const ID_BYTES = 8;
const SECRET_BYTES = 24;

/**
 * @param peppers - pepper the hashes of the secrets: the first makes new ones, all are tried
 * @param now - the present, in milliseconds since the epoch
 */
export function createPublisherTokens(
  database: Database,
  peppers: readonly string[],
  now: () => number = Date.now,
): PublisherTokens {
  return {
    async create({ name, subgraph, owner, actions }) {
      const id = randomBytes(ID_BYTES).toString('hex');
      const secret = randomBytes(SECRET_BYTES).toString('hex');
      await database
        .insertInto('publisher_token')
        .values({
          id,
          secret_hash: hashSecret(secret, peppers[0] ?? ''),
          name,
          subgraph,
          owner,
          actions: JSON.stringify(actions),
          created_at: now(),
          revoked_at: null,
        })
        .execute();
      return { id, text: `trb_pub_${id}_${secret}` };
    },
    async list() {
      const rows = await database.selectFrom('publisher_token').selectAll().orderBy('created_at').execute();
      return rows.map(({ id, name, subgraph, owner, actions, created_at, revoked_at }) => ({
        id,
        name,
        subgraph,
        owner,
        actions: JSON.parse(actions) as PublisherAction[],
        createdAtMs: created_at,
        ...(revoked_at === null ? {} : { revokedAtMs: revoked_at }),
      }));
    },
    async revoke(id) {
      const known = await database
        .selectFrom('publisher_token')
        .select('id')
        .where('id', '=', id)
        .executeTakeFirst();
      await database
        .updateTable('publisher_token')
        .set({ revoked_at: now() })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .execute();
      return known !== undefined;
    },
    async identify(text) {
      const [, id, secret] = FORM.exec(text) ?? [];
      if (id === undefined || secret === undefined) return undefined;
      const row = await database
        .selectFrom('publisher_token')
        .selectAll()
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      const isRight = peppers.some((pepper) =>
        equalHashes(row?.secret_hash ?? '', hashSecret(secret, pepper)),
      );
      if (row === undefined || !isRight) return undefined;
      return {
        kind: 'publisher',
        tokenId: id,
        subgraph: row.subgraph,
        owner: row.owner,
        actions: JSON.parse(row.actions) as PublisherAction[],
      };
    },
  };
}
