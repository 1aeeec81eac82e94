/**
 * What a database says of its failure, in a line. A host with several addresses fails with an error for each and with no
 * message of its own: then its code.
 */
export function describeSqlError(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || String(error);
}
