import { CODES, type Code } from './codes.ts';

/** Where in the answer or the document an error belongs, as GraphQL writes it. */
export interface ErrorPlace {
  readonly path?: readonly (string | number)[] | undefined;
  readonly locations?: readonly { readonly line: number; readonly column: number }[] | undefined;
}

/** An error as it stands in the `errors` of an answer. */
export interface FormattedError extends ErrorPlace {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: Code };
}

interface Options extends ErrorPlace {
  readonly message?: string;
  readonly cause?: unknown;
  /** Further facts for the caller; never internals. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

abstract class CodedError extends Error {
  readonly code: Code;
  constructor(code: Code, { message, cause }: Options) {
    super(message ?? CODES[code].message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A request that is refused before anything was fetched. The caller sees message, code and status. */
export class RequestError extends CodedError {
  override readonly name = 'RequestError';
  readonly place: ErrorPlace;
  readonly extensions: Readonly<Record<string, unknown>>;
  /** The HTTP status: the code's, unless the place that raised the error knows a more exact one. */
  readonly status: number;
  constructor(code: Code, options: Options & { readonly status?: number } = {}) {
    super(code, options);
    this.place = { path: options.path, locations: options.locations };
    this.extensions = options.extensions ?? {};
    this.status = options.status ?? CODES[code].status;
  }
}

/** Several reasons to refuse one request, all told at once; all of one code. */
export class RequestErrors extends Error {
  override readonly name = 'RequestErrors';
  readonly errors: readonly RequestError[];
  constructor(errors: readonly RequestError[]) {
    super(errors.map(({ message }) => message).join('\n'));
    this.errors = errors;
  }
}

/** A refusal with what its answer tells besides: where the caller stands. */
export class ToldRefusal extends Error {
  override readonly name = 'ToldRefusal';
  readonly refusal: RequestError | RequestErrors;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** `extensions` of the answer, beside its errors. */
  readonly answerExtensions: Readonly<Record<string, unknown>>;
  constructor(
    refusal: RequestError | RequestErrors,
    headers: Readonly<Record<string, string>>,
    answerExtensions: Readonly<Record<string, unknown>>,
  ) {
    super(refusal.message, { cause: refusal });
    this.refusal = refusal;
    this.headers = headers;
    this.answerExtensions = answerExtensions;
  }
}

/** A fetch that failed. The caller sees the code's own message at a path; detail is for the log. */
export class SubgraphError extends CodedError {
  override readonly name = 'SubgraphError';
  readonly subgraph: string;
  constructor(code: Code, subgraph: string, options: Options = {}) {
    super(code, options);
    this.subgraph = subgraph;
  }
}

/** A fault of ours. The caller sees a fixed sentence; the cause is in the log beside the request's id. */
export class InternalError extends CodedError {
  override readonly name = 'InternalError';
  constructor(cause: unknown) {
    super('INTERNAL_SERVER_ERROR', { cause });
  }
}

/** A configuration or start-up error, for the operator: the message says it all, without a stack. */
export class ConfigError extends CodedError {
  override readonly name = 'ConfigError';
  constructor(code: Code, message: string, cause?: unknown) {
    super(code, { message, cause });
  }
}

/** Writes an error for the `errors` of an answer, without absent properties. */
export function formatError(
  code: Code,
  message: string = CODES[code].message,
  { path, locations }: ErrorPlace = {},
  extensions: Readonly<Record<string, unknown>> = {},
): FormattedError {
  return {
    message,
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
    extensions: { ...extensions, code },
  };
}
