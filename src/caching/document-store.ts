/** Documents by the SHA-256 of their text, bounded in bytes; what is kept may be gone at any time. */
export interface DocumentStore {
  /** A store that cannot be reached has nothing. */
  get(hash: string): string | undefined | Promise<string | undefined>;
  /** Keeps a document, unless it is there already; never fails. */
  put(hash: string, text: string): void;
}
