import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Makes the check of an `Authorization: Bearer …` header against one token, in constant time: both are hashed
 * first, so that neither content nor length shows in how long it takes.
 */
export function createTokenCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token);
  return (authorization) => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
