import { sha256 } from './sha256.ts';

/** Names an operation for whoever counts it: SHA-256 of its name and its document, hex. */
export function operationId(name: string | null | undefined, document: string): string {
  return sha256(`${name ?? ''}\n${document}`);
}
