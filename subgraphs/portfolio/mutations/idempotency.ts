import { DAY_MS } from '../../shared/clock.ts';
import type { Database } from '../storage/open-database.ts';
import { inputError, Refusal } from './user-error.ts';

/** How long a key gives the first answer again. */
const KEY_LIFETIME_MS = DAY_MS;

export interface KeyClaim {
  readonly userId: string;
  readonly key: string;
  readonly inputHash: string;
  /** The id of what will be made if the key is new. */
  readonly resultId: string;
  /** The platform's time, in milliseconds. */
  readonly nowMs: number;
}

/**
 * Claims a key inside the transaction that makes the change, so that both are kept or neither. Of several claims
 * at the same time one wins; the others wait for its end and then see what it made.
 *
 * A refused change leaves its key free: it changed nothing that a repetition could double.
 *
 * @returns the id of what an equal earlier change made, or undefined when this one is the first
 * @throws Refusal IDEMPOTENCY_KEY_REUSED when the key was used with other input
 */
export async function claimKey(transaction: Database, claim: KeyClaim): Promise<string | undefined> {
  await transaction
    .deleteFrom('idempotency_keys')
    .where('user_id', '=', claim.userId)
    .where('created_at', '<=', claim.nowMs - KEY_LIFETIME_MS)
    .execute();
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('idempotency_keys')
    .values({
      user_id: claim.userId,
      key: claim.key,
      input_hash: claim.inputHash,
      result_id: claim.resultId,
      created_at: claim.nowMs,
    })
    .onConflict((conflict) => conflict.columns(['user_id', 'key']).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) return undefined;
  const first = await transaction
    .selectFrom('idempotency_keys')
    .select(['input_hash', 'result_id'])
    .where('user_id', '=', claim.userId)
    .where('key', '=', claim.key)
    .executeTakeFirstOrThrow();
  if (first.input_hash === claim.inputHash) return first.result_id;
  throw new Refusal(
    inputError(
      'idempotencyKey',
      'IDEMPOTENCY_KEY_REUSED',
      'The idempotency key was used before with other input; make a new one for each intended change.',
    ),
  );
}
