import type { Code } from '../errors/codes.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { exceedsJsonDepth } from './json-depth.ts';
import { SubgraphCallError } from './subgraph-call-error.ts';
import type { SubgraphResponse, SubgraphResponseError } from './subgraph-client.ts';

export interface AnswerReaderOptions {
  readonly subgraph: string;
  readonly url: string;
  /** The deepest nesting of the answer's JSON. */
  readonly responseDepth: number;
}

/** Statuses that say: somebody in between or the program itself is away, not this request is wrong. */
const UNAVAILABLE_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
const JSON_MEDIA_TYPE = /^application\/(?:graphql-response\+)?json\s*(?:;|$)/i;

/**
 * Makes the reader of a subgraph's answers. One that refuses a request as a whole may do so with a 4xx and `errors`,
 * as GraphQL over HTTP has it.
 *
 * @returns a function that throws SubgraphCallError when the answer is no GraphQL answer
 */
export function createAnswerReader({
  subgraph,
  url,
  responseDepth,
}: AnswerReaderOptions): (answer: HttpAnswer) => SubgraphResponse {
  return ({ status, contentType, text }) => {
    const failure = (code: Code, detail: string, cause?: unknown) =>
      new SubgraphCallError(code, subgraph, url, {
        message: `${detail} (status ${status})`,
        cause,
        isAnswered: true,
        isFault: status >= 500,
      });
    const invalid = (detail: string, cause?: unknown) => failure('SUBGRAPH_INVALID_RESPONSE', detail, cause);

    if (UNAVAILABLE_STATUSES.has(status)) throw failure('SUBGRAPH_UNAVAILABLE', 'not available');
    // It refused the gateway itself: whatever it says of credentials is not about those of the caller.
    if (status === 401 || status === 403) throw failure('SUBGRAPH_ERROR', 'refused the gateway');
    if (status >= 300 && status < 400) throw invalid('a redirect');
    if (!JSON_MEDIA_TYPE.test(contentType)) {
      if (status >= 400) throw failure('SUBGRAPH_ERROR', 'an answer that is no JSON');
      throw invalid(`content type ${JSON.stringify(contentType.slice(0, 100))} instead of JSON`);
    }
    if (exceedsJsonDepth(text, responseDepth)) throw invalid(`JSON deeper than ${responseDepth} levels`);
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch (cause) {
      throw invalid('malformed JSON', cause);
    }
    return asResponse(parsed, invalid);
  };
}

function asResponse(parsed: unknown, invalid: (detail: string) => SubgraphCallError): SubgraphResponse {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalid('JSON that is no object');
  const { data, errors = [] } = parsed as { data?: unknown; errors?: unknown };
  if (typeof data !== 'object' && data !== undefined) throw invalid('`data` that is no object');
  if (Array.isArray(data)) throw invalid('`data` that is a list');
  if (errors !== null && !Array.isArray(errors)) throw invalid('`errors` that is no list');
  const list = ((errors ?? []) as unknown[]).filter((entry) => typeof entry === 'object' && entry !== null);
  if (data == null && list.length === 0) throw invalid('neither data nor errors');
  return { data: data as SubgraphResponse['data'], errors: list as SubgraphResponseError[] };
}
