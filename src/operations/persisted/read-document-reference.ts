import type { GraphQLParameters } from '../../context.ts';
import { RequestError } from '../../errors/errors.ts';
import { isJsonObject } from '../../lib/json-object.ts';

/** What a request says of its document: a text, an id, or both. */
export interface DocumentReference {
  readonly text: string | undefined;
  /** Any string; one that nobody published leads nowhere. */
  readonly id: string | undefined;
  /** Whether it is the hash of Apollo's protocol, by which a text may be registered. */
  readonly isAutomatic: boolean;
}

/** Longer than any id that a manifest may have. */
const LONGEST_ID = 256;

/**
 * Reads by which document a request wants to run: `query`, `documentId`, or `extensions.persistedQuery`.
 *
 * @throws RequestError BAD_REQUEST when they contradict each other or are malformed
 * @see https://github.com/graphql/graphql-over-http (appendix on persisted documents)
 * @see https://www.apollographql.com/docs/apollo-server/performance/apq
 */
export function readDocumentReference({
  query,
  documentId,
  extensions,
}: GraphQLParameters): DocumentReference {
  const hash = readHash(extensions.persistedQuery);
  if (documentId !== undefined) {
    if (query !== undefined || hash !== undefined) {
      throw new RequestError('BAD_REQUEST', {
        message: 'A document is asked for in two ways: send either "documentId", or "query" and its hash.',
      });
    }
    return { text: undefined, id: checkLength(documentId, 'documentId'), isAutomatic: false };
  }
  return { text: query, id: hash, isAutomatic: hash !== undefined };
}

function readHash(persistedQuery: unknown): string | undefined {
  if (persistedQuery == null) return undefined;
  if (!isJsonObject(persistedQuery)) {
    throw new RequestError('BAD_REQUEST', {
      message: 'The extension "persistedQuery" must be an object with "version" and "sha256Hash".',
    });
  }
  const { version, sha256Hash } = persistedQuery;
  if (version !== 1) {
    throw new RequestError('BAD_REQUEST', {
      message: 'The "version" of the extension "persistedQuery" must be 1.',
    });
  }
  if (typeof sha256Hash !== 'string' || sha256Hash === '') {
    throw new RequestError('BAD_REQUEST', {
      message: 'The "sha256Hash" of the extension "persistedQuery" must be a string.',
    });
  }
  return checkLength(sha256Hash, 'sha256Hash');
}

function checkLength(id: string, name: string): string {
  if (id.length <= LONGEST_ID) return id;
  throw new RequestError('BAD_REQUEST', {
    message: `The "${name}" is longer than ${LONGEST_ID} characters.`,
  });
}
