import type { KeyRecord, KeySecret } from '../snapshot.ts';
import { equalHashes, hashSecret } from './api-key.ts';

/**
 * Finds which of a live key's secrets was sent. It takes as long for a wrong secret as for a right one.
 *
 * @param peppers - those that hashes may have been made with
 */
export function findSecret(
  { secrets }: Pick<KeyRecord, 'secrets'>,
  secret: string,
  peppers: readonly string[],
): KeySecret | undefined {
  let found: KeySecret | undefined;
  for (const pepper of peppers) {
    const hash = hashSecret(secret, pepper);
    for (const known of secrets) if (equalHashes(known.verifier, hash)) found = known;
  }
  return found;
}
