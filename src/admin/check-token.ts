import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Makes the check of an `Authorization: Bearer …` header against one token, in constant time: both are hashed
 * first, so that neither content nor length shows in how long it takes.
 */
export function createTokenCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token);
  return (authorization) => {
    const given = bearerToken(authorization);
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

/** The token of an `Authorization: Bearer …` header; undefined when it is none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
