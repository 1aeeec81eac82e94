import { createHash } from 'node:crypto';

/** Names an operation for whoever counts it: SHA-256 of its name and its document, hex. */
export function operationId(name: string | null | undefined, document: string): string {
  return createHash('sha256')
    .update(`${name ?? ''}\n${document}`)
    .digest('hex');
}
