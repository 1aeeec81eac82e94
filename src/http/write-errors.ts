import type { GraphQLErrorEntry } from '../context.ts';
import type { Code } from '../errors/codes.ts';
import { formatError, RequestError, RequestErrors, ToldRefusal } from '../errors/errors.ts';
import type { ResponseMediaType } from './negotiate.ts';

/** A refusal as HTTP: a status and a GraphQL body without data. */
export interface HttpRefusal {
  readonly status: number;
  readonly code: Code;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: {
    readonly errors: readonly GraphQLErrorEntry[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  };
}

/** Refusals of a well-formed request: 200 under the older media type, 400 under the newer one. */
const DOCUMENT_ERRORS: ReadonlySet<Code> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'PERSISTED_QUERY_NOT_FOUND',
]);

/**
 * Writes whatever stopped a request as an answer. Anything but a `RequestError` is a fault of ours and told with one
 * fixed sentence.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes
 */
export function toRefusal(error: unknown, mediaType: ResponseMediaType): HttpRefusal {
  if (error instanceof ToldRefusal) {
    const { body, ...refusal } = toRefusal(error.refusal, mediaType);
    return { ...refusal, headers: error.headers, body: { ...body, extensions: error.answerExtensions } };
  }
  const errors = error instanceof RequestErrors ? error.errors : error instanceof RequestError ? [error] : [];
  const first = errors[0];
  if (first === undefined) {
    return {
      status: 500,
      code: 'INTERNAL_SERVER_ERROR',
      body: { errors: [formatError('INTERNAL_SERVER_ERROR')] },
    };
  }
  const isDocumentError = DOCUMENT_ERRORS.has(first.code);
  return {
    status: isDocumentError && mediaType === 'application/json' ? 200 : first.status,
    code: first.code,
    body: {
      errors: errors.map(({ code, message, place, extensions }) =>
        formatError(code, message, place, extensions),
      ),
    },
  };
}
