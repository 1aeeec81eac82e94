import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { type GraphQLFormattedError, parse } from 'graphql';
import type { RequestContext } from '../context.ts';
import { CODES, type Code } from '../errors/codes.ts';
import { SubgraphError } from '../errors/errors.ts';
import type { SubgraphClient, SubgraphResponseError } from '../transport/subgraph-client.ts';
import { fetchResponsePaths } from './fetch-response-paths.ts';
import { publicSubgraphError } from './public-error.ts';

type Path = readonly (string | number)[];

/** How a fetch of a query begins; whatever begins otherwise is taken for a mutation, which is never repeated. */
const QUERY_START = /^\s*(?:query\b|\{)/;

/** Headers of a call: the caller's signed token, the request's id. */
export type HeadersFor = (context: RequestContext) => Promise<Readonly<Record<string, string>>>;

/**
 * The seam between the stock executor and `SubgraphClient`: the executor asks for a fetch, this asks the subgraph,
 * and whatever fails comes back as errors at the paths of the fields that are missing.
 *
 * The stock executor gives a thrown error no path, so failures are answered, not thrown.
 */
export function createSubgraphDataSource(
  client: SubgraphClient,
  headersFor: HeadersFor,
): GraphQLDataSource<RequestContext> {
  return {
    async process(options) {
      const { query = '', variables = {}, operationName } = options.request;
      const context = options.context as RequestContext;
      try {
        const { data, errors } = await client.send({
          operationKind: QUERY_START.test(query) ? 'query' : 'mutation',
          body: JSON.stringify({ query, variables, operationName }),
          headers: await headersFor(context),
          signal: context.signal,
          asker: context,
        });
        if (errors.length === 0) return { data: data ?? null };
        return {
          data: data ?? null,
          errors: errors.flatMap((error) => locate(error, options, data != null)),
        };
      } catch (error) {
        if (!(error instanceof SubgraphError)) throw error;
        return { data: null, errors: errorsAt(pathsOf(options), CODES[error.code].message, error.code) };
      }
    },
  };
}

/** An error of a subgraph at its path; one without a path belongs to every field that the fetch brought nothing for. */
function locate(
  error: SubgraphResponseError,
  options: GraphQLDataSourceProcessOptions<RequestContext>,
  hasData: boolean,
): GraphQLFormattedError[] {
  const { code, message } = publicSubgraphError(error);
  if (isPath(error.path)) return errorsAt([error.path], message, code);
  return errorsAt(hasData ? [] : pathsOf(options), message, code);
}

function errorsAt(paths: readonly Path[], message: string, code: Code): GraphQLFormattedError[] {
  const extensions = { code };
  if (paths.length === 0) return [{ message, extensions }];
  return paths.map((path) => ({ message, path, extensions }));
}

function pathsOf(options: GraphQLDataSourceProcessOptions<RequestContext>): readonly Path[] {
  const { query = '', variables } = options.request;
  const document =
    ('document' in options ? options.document : undefined) ?? parse(query, { noLocation: true });
  return fetchResponsePaths(document, variables?.representations as readonly unknown[] | undefined);
}

function isPath(path: unknown): path is Path {
  return (
    Array.isArray(path) &&
    path.length > 0 &&
    path.every((step) => typeof step === 'string' || typeof step === 'number')
  );
}
