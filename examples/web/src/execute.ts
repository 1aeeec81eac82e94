import type { Connection } from './connection.ts';
import type { TypedDocumentString } from './gql/graphql.ts';

/** What the gateway answers to a request that it served. */
export interface Answer<Data> {
  readonly data: Data | null;
  /** Why single fields of the data are missing. */
  readonly errors: readonly AnswerError[];
}

export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string };
}

/** Nothing was served: the request was refused, or the gateway could not be reached. */
export class RequestFailure extends Error {
  /** Of the gateway's registry; undefined when there was no answer. */
  readonly code: string | undefined;

  constructor(message: string, code?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const CLIENT = { name: 'web', version: '1.0.0' } as const;

/**
 * Runs an operation by its id: the app holds no document, so there is no other way.
 *
 * @throws RequestFailure; the signal's reason
 */
export async function execute<Data, Variables>(
  { url, key }: Connection,
  operation: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal: AbortSignal,
): Promise<Answer<Data>> {
  const documentId = operation.__meta__?.documentId;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': key,
        'apollographql-client-name': CLIENT.name,
        'apollographql-client-version': CLIENT.version,
      },
      body: JSON.stringify({ documentId, variables }),
      signal,
    });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new RequestFailure('The gateway cannot be reached.', undefined, { cause });
  }
  const { data, errors = [] } = await readAnswer<Data>(response);
  if (data !== undefined) return { data, errors };
  const [error] = errors;
  throw new RequestFailure(error?.message ?? `HTTP ${response.status}`, error?.extensions?.code);
}

async function readAnswer<Data>(response: Response): Promise<Partial<Answer<Data>>> {
  try {
    return await response.json();
  } catch (cause) {
    throw new RequestFailure(`What answers there is no gateway (HTTP ${response.status}).`, undefined, {
      cause,
    });
  }
}
