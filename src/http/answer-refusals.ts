import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Code } from '../errors/codes.ts';
import { formatError, RequestError } from '../errors/errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { hasClientLeft } from './client-left.ts';
import { corsHeaders } from './cors-headers.ts';
import { logClientLeft, logRequest } from './log-request.ts';
import { type HttpRefusal, toRefusal } from './write-errors.ts';

export interface RefusalOptions {
  /** The origins that CORS lets in. */
  readonly origins: readonly string[];
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Fastify's own refusals in our words. */
const FASTIFY_REFUSALS: Readonly<Record<string, () => RequestError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new RequestError('PAYLOAD_TOO_LARGE'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new RequestError('BAD_REQUEST', { message: 'The content type must be application/json.', status: 415 }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new RequestError('BAD_REQUEST', { message: 'The body is empty.' }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new RequestError('BAD_REQUEST', { message: 'The content length is wrong.' }),
};

interface ClientErrorAnswer {
  readonly status: string;
  readonly code: Code;
  readonly message: string;
}

interface HandWrittenRefusal {
  readonly code: Code;
  readonly message: string;
  /** What is counted: the code, or `CLIENT_LEFT`. */
  readonly outcome: string;
  /** For the log. */
  readonly reason: string | undefined;
  /** The Origin header; undefined when the request could not be read. */
  readonly origin?: string | undefined;
}

/** What Node's HTTP server refuses before there is a request, by its error code. */
const CLIENT_ERRORS: Readonly<Record<string, ClientErrorAnswer>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The headers are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'BAD_REQUEST',
    message: 'The request took too long.',
  },
};
const NOT_HTTP: ClientErrorAnswer = {
  status: '400 Bad Request',
  code: 'BAD_REQUEST',
  message: 'The request is not valid HTTP.',
};
/** Node's code for a connection that ended in the middle of a request. */
const ENDED_EARLY = 'HPE_INVALID_EOF_STATE';

/** Answers, logs and counts what is refused on the way to an operation, whoever found the fault: Node, Fastify or us. */
export class Refusals {
  readonly #options: RefusalOptions;
  /** Sockets with their last answer: how the body of a request on them ends is no news. */
  readonly #ended = new WeakSet<Socket>();

  constructor(options: RefusalOptions) {
    this.#options = options;
  }

  /** Answers whatever was thrown; a client that left gets no answer. */
  answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (hasClientLeft(reply)) return this.#endWithoutAnswer(request, reply);
    const mediaType = request.responseMediaType ?? 'application/json';
    const refusal = toRefusal(FASTIFY_REFUSALS[error.code]?.() ?? error, mediaType);
    if (refusal.status >= 500 && refusal.code === 'INTERNAL_SERVER_ERROR') {
      this.#options.log.error({ err: error, requestId: request.id }, 'a request failed');
    }
    if (refusal.status === 405) reply.header('allow', 'POST');
    return this.#send(request, reply, refusal, mediaType);
  }

  /** Answers a path or a method that nothing is served for. */
  answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const isGraphQL = request.url.split('?', 1)[0] === '/graphql';
    if (isGraphQL) reply.header('allow', 'GET, POST');
    const error = isGraphQL
      ? new RequestError('BAD_REQUEST', { message: 'The method must be GET or POST.', status: 405 })
      : new RequestError('BAD_REQUEST', {
          message: 'There is nothing here; GraphQL is at /graphql.',
          status: 404,
        });
    return this.#send(request, reply, toRefusal(error, 'application/json'));
  }

  /**
   * Answers a path that cannot be decoded. Fastify calls no hook for it, so that what hooks do is done here; its
   * connection ends, whether the server drains or not.
   */
  answerBadUrl(request: FastifyRequest, reply: FastifyReply): void {
    const { origins, log } = this.#options;
    const error = new RequestError('BAD_REQUEST', { message: 'The path is not percent-encoded UTF-8.' });
    reply.headers({
      ...corsHeaders(origins, request.headers.origin),
      'x-request-id': request.id,
      connection: 'close',
    });
    this.#send(request, reply, toRefusal(error, 'application/json'));
    logRequest(request, reply, log);
  }

  /** Answers by hand what Node could not read as HTTP at all: there is no request, or only the head of one. */
  answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const { status, code, message } = CLIENT_ERRORS[error.code ?? ''] ?? NOT_HTTP;
    // Only its writing end may be closed: it is answered all the same.
    const outcome = error.code === ENDED_EARLY ? 'CLIENT_LEFT' : code;
    this.#ended.add(socket);
    const { headers, body } = this.#writeByHand({ code, message, outcome, reason: error.code });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.end([`HTTP/1.1 ${status}`, ...lines, '', body].join('\r\n'));
  }

  /** Answers an `Expect` that nobody here knows; Node would do so without a word. */
  answerExpectation({ headers: { origin, expect } }: IncomingMessage, response: ServerResponse): void {
    const message = 'The header expect can say 100-continue only.';
    const { headers, body } = this.#writeByHand({
      code: 'BAD_REQUEST',
      message,
      outcome: 'BAD_REQUEST',
      reason: `expect: ${expect?.slice(0, 100)}`,
      origin,
    });
    response.writeHead(417, headers).end(body);
  }

  /** Writes, logs and counts a refusal that no hook of Fastify sees. Its connection ends. */
  #writeByHand({ code, message, outcome, reason, origin }: HandWrittenRefusal): {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  } {
    const { origins, log, metrics } = this.#options;
    const requestId = randomUUID();
    metrics.requests.inc({ outcome });
    log.info({ requestId, code: outcome, reason }, 'a request could not be read');
    const body = JSON.stringify({ errors: [formatError(code, message)] });
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      ...corsHeaders(origins, origin),
      'x-request-id': requestId,
      connection: 'close',
    };
    return { headers, body };
  }

  #endWithoutAnswer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (!this.#ended.has(request.raw.socket)) {
      this.#options.metrics.requests.inc({ outcome: 'CLIENT_LEFT' });
      logClientLeft(request, reply, this.#options.log);
    }
    return reply.hijack();
  }

  #send(
    request: FastifyRequest,
    reply: FastifyReply,
    { status, code, headers = {}, body }: HttpRefusal,
    mediaType = 'application/json',
  ): FastifyReply {
    request.refusedWith = code;
    this.#options.metrics.requests.inc({ outcome: code });
    return reply
      .code(status)
      .header('content-type', `${mediaType}; charset=utf-8`)
      .header('cache-control', 'no-store')
      .headers(headers)
      .send(JSON.stringify(body));
  }
}
