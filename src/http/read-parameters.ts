import type { GraphQLParameters } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { exceedsJsonDepth } from '../transport/json-depth.ts';

/** More than any `limits.nesting` asks for, and far less than the stack holds. */
const BATCH_LEVELS = 1_010;

/**
 * Reads the parameters of a GraphQL request out of a decoded JSON body.
 *
 * @throws RequestError BAD_REQUEST naming the parameter at fault, what was expected and what came
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
 */
export function readBodyParameters(body: unknown): GraphQLParameters {
  if (Array.isArray(body)) throw badRequest('Batches are not accepted: send one operation a request.');
  if (!isJsonObject(body)) throw badRequest(`The body must be a JSON object, found ${describe(body)}.`);
  return {
    ...readDocument(body.query, { documentId: body.documentId, doc_id: body.doc_id }, body.extensions),
    operationName: readOperationName(body.operationName),
    variables: readMap('variables', body.variables),
  };
}

/** Whether a body is an array, which is a batch of operations; no more of it is read here. */
export function isBatch(text: string): boolean {
  return /^\s*\[/.test(text);
}

/**
 * Reads the entries of a batch; what is in them is looked at for each by itself.
 *
 * @throws RequestError BAD_REQUEST for bad JSON, no entry, more entries than the limit, or JSON that nests so deeply that
 *   it cannot be written again
 */
export function readBatch(text: string, limit: number): readonly unknown[] {
  if (exceedsJsonDepth(text, BATCH_LEVELS))
    throw badRequest(`The batch nests deeper than ${BATCH_LEVELS} levels.`);
  const entries = parseJson(text) as readonly unknown[];
  if (entries.length === 0) throw badRequest('The batch is empty.');
  if (entries.length <= limit) return entries;
  throw badRequest(`A batch may hold ${limit} operations, found ${entries.length}.`);
}

/**
 * Reads the parameters out of the query string of a GET; variables and extensions are JSON there.
 *
 * @throws RequestError BAD_REQUEST
 */
export function readQueryParameters(search: URLSearchParams): GraphQLParameters {
  return {
    ...readDocument(
      search.get('query') ?? undefined,
      { documentId: search.get('documentId'), doc_id: search.get('doc_id') },
      parseParameter('extensions', search.get('extensions')),
    ),
    operationName: readOperationName(search.get('operationName') || undefined),
    variables: readMap('variables', parseParameter('variables', search.get('variables'))),
  };
}

/** Decodes a JSON body. @throws RequestError BAD_REQUEST */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('The body is not valid JSON.');
  }
}

function parseParameter(name: string, text: string | null): unknown {
  if (text === null || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(`The parameter "${name}" is not valid JSON.`);
  }
}

/** The document, by text or by id. */
function readDocument(
  query: unknown,
  ids: DocumentIds,
  extensions: unknown,
): Pick<GraphQLParameters, 'query' | 'documentId' | 'extensions'> {
  const read = {
    documentId: readDocumentId(ids),
    extensions: readMap('extensions', extensions),
  };
  const isById = read.documentId !== undefined || read.extensions.persistedQuery != null;
  return { ...read, query: query == null && isById ? undefined : readQuery(query) };
}

/** The name that the appendix on persisted documents gives to an id, and the one that Relay's documentation does. */
interface DocumentIds {
  readonly documentId: unknown;
  readonly doc_id: unknown;
}

function readDocumentId(ids: DocumentIds): string | undefined {
  const given = Object.entries(ids).filter(([, value]) => value != null);
  for (const [name, value] of given) {
    if (typeof value !== 'string')
      throw badRequest(`The parameter "${name}" must be a string, found ${describe(value)}.`);
    if (value === '') throw badRequest(`The parameter "${name}" must not be empty.`);
  }
  const [first, second] = given.map(([, value]) => value as string);
  if (second === undefined || second === first) return first;
  throw badRequest('The parameters "documentId" and "doc_id" name two documents.');
}

function readQuery(value: unknown): string {
  if (typeof value !== 'string')
    throw badRequest(`The parameter "query" must be a string, found ${describe(value)}.`);
  if (value.trim() === '') throw badRequest('The parameter "query" must not be empty.');
  return value;
}

function readOperationName(value: unknown): string | undefined {
  if (value == null) return undefined;
  if (typeof value === 'string') return value;
  throw badRequest(`The parameter "operationName" must be a string, found ${describe(value)}.`);
}

function readMap(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value == null) return {};
  if (isJsonObject(value)) return value;
  throw badRequest(`The parameter "${name}" must be an object, found ${describe(value)}.`);
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

function badRequest(message: string): RequestError {
  return new RequestError('BAD_REQUEST', { message });
}
