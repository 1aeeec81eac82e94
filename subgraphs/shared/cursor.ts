import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { badUserInput } from './bad-user-input.ts';

const SIGNATURE_BYTES = 12;
const MAX_CURSOR_LENGTH = 512;

/**
 * Makes and reads opaque cursors: the sort key and id of an edge, signed, so that a client can neither read
 * meaning into them nor forge one that reaches into somebody else's list.
 */
export interface CursorCodec {
  /** @param list - names the list and its order; a cursor of one list is refused by another */
  encode(list: string, position: readonly string[]): string;
  /** @throws GraphQLError BAD_USER_INPUT when the cursor is not one of this list */
  decode(list: string, cursor: string): readonly string[];
}

/**
 * @param key - keeps cursors valid over restarts and over several processes; without one they die with the process
 */
export function createCursorCodec(key: string | Buffer = randomBytes(32)): CursorCodec {
  const sign = (list: string, payload: Buffer): Buffer =>
    createHmac('sha256', key).update(list).update('\0').update(payload).digest().subarray(0, SIGNATURE_BYTES);

  return {
    encode(list, position) {
      const payload = Buffer.from(JSON.stringify(position));
      return Buffer.concat([sign(list, payload), payload]).toString('base64url');
    },
    decode(list, cursor) {
      const bytes = Buffer.from(cursor.length > MAX_CURSOR_LENGTH ? '' : cursor, 'base64url');
      const payload = bytes.subarray(SIGNATURE_BYTES);
      const signature = bytes.subarray(0, SIGNATURE_BYTES);
      if (signature.length !== SIGNATURE_BYTES || !timingSafeEqual(signature, sign(list, payload))) {
        throw badUserInput('Argument "after" expects the cursor of an edge of this list.');
      }
      return JSON.parse(payload.toString()) as string[];
    },
  };
}
