import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Actor } from '../control/registry/actor.ts';
import { RequestError } from '../errors/errors.ts';

/** One operation of the control API, below `/api`. */
export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/keys/:id/rotate` */
  readonly path: string;
  /** Whether publishers of subgraphs may ask too; all else needs the admin token. */
  readonly isOpenToPublishers: boolean;
  /** @throws RequestError, which becomes the answer */
  handle(request: AdminRequest): Promise<AdminAnswer | StreamedAnswer>;
}

export interface AdminRequest {
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Decoded JSON; undefined when there was no body. */
  readonly body: unknown;
  readonly actor: Actor;
  /** The header of that name: what the asker would have. */
  readonly accept: string | undefined;
}

/** Sent as JSON. */
export type AdminAnswer = Readonly<Record<string, unknown>>;

/** An answer that is no JSON. */
export class StreamedAnswer {
  readonly contentType: string;
  readonly body: Readable;
  constructor(contentType: string, body: Readable) {
    this.contentType = contentType;
    this.body = body;
  }
}

interface RouteDefinition<Body extends z.ZodType, Query extends z.ZodType> {
  /** The form of the body; a POST without one has none. */
  readonly body?: Body;
  readonly query?: Query;
  readonly isOpenToPublishers?: true;
  handle(request: {
    readonly parameters: Readonly<Record<string, string>>;
    readonly body: z.infer<Body>;
    readonly query: z.infer<Query>;
    readonly actor: Actor;
    readonly accept: string | undefined;
  }): Promise<AdminAnswer | StreamedAnswer>;
}

const NOTHING = z.strictObject({});

/**
 * Makes a route whose body and query string are checked before it runs.
 *
 * @param name - method and path: `POST /keys/:id/rotate`
 */
export function defineRoute<
  Body extends z.ZodType = typeof NOTHING,
  Query extends z.ZodType = typeof NOTHING,
>(name: `${AdminRoute['method']} /${string}`, definition: RouteDefinition<Body, Query>): AdminRoute {
  const [method, path] = name.split(' ') as [AdminRoute['method'], string];
  const {
    body: bodySchema = NOTHING,
    query: querySchema = NOTHING,
    isOpenToPublishers = false,
    handle,
  } = definition;
  return {
    method,
    path,
    isOpenToPublishers,
    handle: async ({ parameters, query, body, actor, accept }) =>
      handle({
        parameters,
        actor,
        accept,
        query: check(querySchema, query, 'the query string') as z.infer<Query>,
        body: check(bodySchema, body ?? {}, 'the body') as z.infer<Body>,
      }),
  };
}

/** @throws RequestError BAD_USER_INPUT that tells every fault: where, what was expected */
function check(schema: z.ZodType, value: unknown, place: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || place}: ${message}`);
  throw new RequestError('BAD_USER_INPUT', { message: faults.join('; ') });
}

/** What a route throws for a name or an id that does not exist. */
export function notFound(what: string): RequestError {
  return new RequestError('NOT_FOUND', { message: `There is no ${what}.` });
}
