import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import type { ClientApplication, GraphQLParameters, GraphQLResult } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import type { Gateway } from '../gateway.ts';
import { rateLimitHeaders } from '../limits/report-cost.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { OperationOutcome, OperationRequest } from '../pipeline.ts';
import { answerBatch } from './answer-batch.ts';
import { cacheHeaders, entityTag, isNotModified } from './cache-headers.ts';
import { clientSignal } from './client-left.ts';
import { negotiate, type ResponseMediaType, wantsHtml } from './negotiate.ts';
import { preventCsrf } from './prevent-csrf.ts';
import { readCredentials } from './read-credentials.ts';
import { isBatch, parseJson, readBatch, readBodyParameters, readQueryParameters } from './read-parameters.ts';
import { REFUSAL_HEADER, refusalHeader } from './refusal-header.ts';
import { renderSandbox } from './render-sandbox.ts';
import { bodyWithCost } from './with-extensions.ts';

const GET_TYPES = [OperationTypeNode.QUERY];
/** Characters of a client's name, or version, that are looked at. */
const LONGEST_NAME = 100;
const POST_TYPES = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION];

export interface GraphQLRouteOptions {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Serves GraphQL over HTTP at `/graphql`, and Apollo Sandbox to people who open it in a browser. */
export function addGraphQLRoute(app: FastifyInstance, { gateway, metrics, log }: GraphQLRouteOptions): void {
  // Fastify would take text/plain as well, which a foreign web page can send without a preflight.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );

  const serve = async (
    request: FastifyRequest,
    reply: FastifyReply,
    text: string,
    readParameters: () => GraphQLParameters,
    allowedTypes: readonly OperationTypeNode[],
    client = clientOf(request),
  ): Promise<unknown> => {
    const signal = clientSignal(reply);
    const mediaType = negotiate(request.headers.accept);
    request.responseMediaType = mediaType;
    const startMs = performance.now();
    const credentials = readCredentials(request);
    const outcome = await gateway.handle(
      toOperationRequest(request, { credentials, client, text, readParameters, allowedTypes, signal }),
    );
    if (signal.aborted) throw signal.reason;
    countAnswered(metrics, outcome, startMs);
    request.outcome = outcome;
    return send(request, reply, mediaType, outcome);
  };

  const serveBatch = async (request: FastifyRequest, reply: FastifyReply, text: string): Promise<unknown> => {
    const signal = clientSignal(reply);
    const mediaType = negotiate(request.headers.accept);
    request.responseMediaType = mediaType;
    const startMs = performance.now();
    const credentials = readCredentials(request);
    const shared = { credentials, client: clientOf(request), allowedTypes: POST_TYPES, signal };
    const { limit } = gateway.settings.server.batching;
    const settled = await gateway.handleBatch(credentials, () =>
      readBatch(text, limit).map((entry) =>
        toOperationRequest(request, {
          ...shared,
          text: JSON.stringify(entry),
          readParameters: () => readBodyParameters(entry),
        }),
      ),
    );
    if (signal.aborted) throw signal.reason;
    const answer = answerBatch(settled, {
      onOutcome: (outcome) => countAnswered(metrics, outcome, startMs),
      onRefusal: (code) => metrics.requests.inc({ outcome: code }),
      onFault: (err) => log.error({ err, requestId: request.id }, 'a request failed'),
    });
    request.batch = answer;
    return reply
      .code(200)
      .headers({
        ...answer.headers,
        'content-type': `${mediaType}; charset=utf-8`,
        'cache-control': 'no-store',
      })
      .send(answer.body);
  };

  app.post('/graphql', async (request, reply) => {
    preventCsrf(request.headers);
    requireJson(request.headers['content-type']);
    const text = (request.body ?? '') as string;
    if (gateway.settings.server.batching.enabled && isBatch(text)) return serveBatch(request, reply, text);
    return serve(request, reply, text, () => readBodyParameters(parseJson(text)), POST_TYPES);
  });

  app.get('/graphql', async (request, reply) => {
    const search = new URL(request.url, 'http://localhost').searchParams;
    if (!search.has('query') && gateway.settings.server.sandbox && wantsHtml(request.headers.accept)) {
      return reply.type('text/html; charset=utf-8').send(await renderSandbox());
    }
    preventCsrf(request.headers);
    return serve(request, reply, `?${search}`, () => readQueryParameters(search), GET_TYPES);
  });

  // An address for each trusted document, for CDNs. Another web site may send it, too: it finds no cookie to abuse, and
  // nothing but queries that the app published.
  app.get<{ Params: { client: string; id: string } }>('/graphql/:client/:id', async (request, reply) => {
    const { client, id } = request.params;
    const search = new URL(request.url, 'http://localhost').searchParams;
    search.set('documentId', id);
    for (const other of ['doc_id', 'query']) search.delete(other);
    return serve(request, reply, `?${search}`, () => readQueryParameters(search), GET_TYPES, {
      name: client.slice(0, LONGEST_NAME),
      version: clientOf(request)?.version,
    });
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the media type of the answer is agreed. */
    responseMediaType?: ResponseMediaType;
    /** Set once an operation ran, for the log. */
    outcome?: OperationOutcome;
  }
}

/** What each operation of a request is told of it. */
function toOperationRequest(
  request: FastifyRequest,
  { text, ...rest }: Omit<OperationRequest, 'requestId' | 'wantsCostBreakdown'>,
): OperationRequest {
  return {
    ...rest,
    requestId: request.id,
    // What two requests share by: the same text by another method is another request.
    text: `${request.method} ${text}`,
    wantsCostBreakdown: header(request, 'x-cost-breakdown') === '1',
  };
}

function countAnswered(metrics: Metrics, { operation, result }: OperationOutcome, startMs: number): void {
  metrics.requestSeconds.observe(operation.type, (performance.now() - startMs) / 1000);
  metrics.requests.inc({ outcome: outcomeLabel(result) });
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  mediaType: ResponseMediaType,
  outcome: OperationOutcome,
): FastifyReply {
  const { result, body, cachePolicy, cost } = outcome;
  const refused = refusalHeader(outcome);
  if (refused !== undefined) reply.header(REFUSAL_HEADER, refused);
  // An executed operation is 200 whatever its fields came to; without `data` nothing was executed: a fault of ours.
  reply.code(result.data === undefined ? 500 : 200).header('content-type', `${mediaType}; charset=utf-8`);
  const told = bodyWithCost(outcome);
  const costHeaders = cost === undefined ? {} : rateLimitHeaders(cost);
  if (request.method !== 'GET') {
    return reply.headers({ 'cache-control': 'no-store', ...costHeaders }).send(told);
  }
  const headers = cacheHeaders(cachePolicy, result);
  // CORS may have said already what it varies by.
  const varied = [reply.getHeader('vary'), headers.vary].filter((each) => each !== undefined);
  reply.headers({ ...headers, ...(varied.length === 0 ? {} : { vary: varied.join(', ') }) });
  if (headers['cache-control'] === 'no-store') return reply.headers(costHeaders).send(told);
  // An answer that may be kept tells nothing of one caller's budget to the next.
  const tag = entityTag(body);
  reply.header('etag', tag);
  return isNotModified(header(request, 'if-none-match'), tag) ? reply.code(304).send() : reply.send(body);
}

/** JSON, and in UTF-8 as the specification asks: another encoding would be read wrongly. */
function requireJson(contentType: string | undefined): void {
  if (contentType === undefined) {
    throw new RequestError('BAD_REQUEST', {
      message: 'The content type must be application/json, found none.',
      status: 415,
    });
  }
  const charset = /;\s*charset="?([\w-]+)"?/i.exec(contentType)?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset)) return;
  throw new RequestError('BAD_REQUEST', {
    message: `The body must be UTF-8, found charset ${charset}.`,
    status: 415,
  });
}

/** Node has a list for set-cookie alone, which is no header of requests. */
function header(request: FastifyRequest, name: string): string | undefined {
  return request.headers[name] as string | undefined;
}

/** The names that Apollo's clients and the GraphQL community's convention use. */
function clientOf(request: FastifyRequest): ClientApplication | undefined {
  const name = header(request, 'apollographql-client-name') ?? header(request, 'graphql-client-name');
  if (name === undefined) return undefined;
  const version =
    header(request, 'apollographql-client-version') ?? header(request, 'graphql-client-version');
  return { name: name.slice(0, LONGEST_NAME), version: version?.slice(0, LONGEST_NAME) };
}

function outcomeLabel({ data, errors }: GraphQLResult): string {
  if (errors === undefined) return 'ok';
  return data === undefined ? String(errors[0]?.extensions.code) : 'partial';
}
