/** Who is told what: see `docs/errors.md`. */
export type ErrorFamily = 'request' | 'subgraph' | 'internal' | 'config';

export interface CodeDefinition {
  readonly family: ErrorFamily;
  /** The HTTP status of an answer that carries this error alone; 200 for errors at a path. */
  readonly status: number;
  /** The message that a caller sees when the place that raised the error had nothing more exact to say. */
  readonly message: string;
  /** One sentence for whoever meets it: what to do. */
  readonly help: string;
}

const define = <Codes extends Record<string, CodeDefinition>>(codes: Codes): Readonly<Codes> =>
  Object.freeze(codes);

/**
 * Every code that Tributary says, in one place. Codes are never reused; `docs/errors.md` lists the same ones, and
 * a test holds the two equal.
 */
export const CODES = define({
  BAD_REQUEST: {
    family: 'request',
    status: 400,
    message: 'The request is not a GraphQL request.',
    help: 'Send a POST with a JSON object that has a `query` string, as the GraphQL over HTTP specification describes.',
  },
  NOT_FOUND: {
    family: 'request',
    status: 404,
    message: 'The control API knows nothing of this name.',
    help: 'Compare the path with the README of `src/admin`, and the name or id with the list that the API tells.',
  },
  PAYLOAD_TOO_LARGE: {
    family: 'request',
    status: 413,
    message: 'The request body is too large.',
    help: 'Send less, or raise `server.bodyLimitBytes` in gateway.yaml; of the control API the message names the setting.',
  },
  GRAPHQL_PARSE_FAILED: {
    family: 'request',
    status: 400,
    message: 'The document is not valid GraphQL syntax.',
    help: 'The message names line and column; fix the document.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    family: 'request',
    status: 400,
    message: 'The document does not fit the schema.',
    help: 'The message names the field or argument at fault; compare it with the schema.',
  },
  BAD_USER_INPUT: {
    family: 'request',
    status: 400,
    message: 'A variable or argument has a value that is not allowed.',
    help: 'The message says what was expected and what came.',
  },
  QUERY_TOO_LARGE: {
    family: 'request',
    status: 400,
    message: 'The document is too long.',
    help: 'Split the operation, or raise `limits.documentBytes` or `limits.tokens` in gateway.yaml.',
  },
  QUERY_TOO_DEEP: {
    family: 'request',
    status: 400,
    message: 'The operation nests too deeply.',
    help: 'Ask for fewer levels, or raise `limits.depth` or `limits.nesting` in gateway.yaml.',
  },
  QUERY_TOO_COMPLEX: {
    family: 'request',
    status: 400,
    message: 'The operation has too many aliases, root fields or selections.',
    help: 'Split the operation, or raise `limits.aliases`, `limits.rootFields` or `limits.selections` in gateway.yaml.',
  },
  DOCUMENT_CONFLICT: {
    family: 'request',
    status: 409,
    message: 'An id or a version means other documents already.',
    help: 'Give changed documents new ids, and a changed manifest a new version.',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    family: 'request',
    status: 404,
    message: 'PersistedQueryNotFound',
    help: 'Send the document with its SHA-256 once (automatic persisted queries), or publish it for the client that asks.',
  },
  PERSISTED_QUERY_HASH_MISMATCH: {
    family: 'request',
    status: 400,
    message: 'The sha256Hash is not the SHA-256 of the document, in lower-case hex.',
    help: 'Take the hash over the bytes of `query` as they are sent.',
  },
  PERSISTED_QUERY_ONLY: {
    family: 'request',
    status: 403,
    message: 'This document is not one of those that the client published; only those run here.',
    help: 'Publish the document with `tributary operations publish`, or ask for it by its id where texts do not run.',
  },
  PLAN_TOO_COMPLEX: {
    family: 'request',
    status: 400,
    message: 'The operation takes too long to plan.',
    help: 'Select less in one operation, or raise `planning.budgetMs` in gateway.yaml.',
  },
  UNAUTHENTICATED: {
    family: 'request',
    status: 401,
    message: 'The credentials are not valid.',
    help: 'Send one valid credential (an API key in `x-api-key`, or a bearer token); at a path: the field needs one and none was sent.',
  },
  SIGNATURE_INVALID: {
    family: 'request',
    status: 401,
    message: 'The signature of the request is not valid.',
    help: 'Sign as `examples/signed-requests` does; a proxy that changes path or body makes a signature wrong.',
  },
  CLOCK_SKEW: {
    family: 'request',
    status: 401,
    message: "The time of the signature is too far from the server's.",
    help: 'Set the clock (NTP) and sign anew; the `date` header of the answer tells our time.',
  },
  REPLAYED_REQUEST: {
    family: 'request',
    status: 401,
    message: 'A request with this nonce was there before.',
    help: 'Sign each request anew, with a nonce of its own, also when it is sent again.',
  },
  FORBIDDEN: {
    family: 'request',
    status: 403,
    message: 'The caller may not do this.',
    help: 'The key lacks a scope that the field at the path needs, or may not be used from this address.',
  },
  COST_LIMIT_EXCEEDED: {
    family: 'request',
    status: 400,
    message: 'The operation costs more than one operation may.',
    help: 'Ask for less in one operation; `mostExpensive` names the field that costs most. Never retry it as it is.',
  },
  QUOTA_EXHAUSTED: {
    family: 'request',
    status: 429,
    message: 'The quota of the month is used up.',
    help: 'Wait for the next month (`Retry-After` says how long), or move to a larger plan.',
  },
  PLAN_RESTRICTED: {
    family: 'subgraph',
    status: 200,
    message: 'The plan of the key does not include this.',
    help: 'Ask for what the plan includes (the message says what), or move to a larger plan.',
  },
  SUBGRAPH_ERROR: {
    family: 'subgraph',
    status: 200,
    message: 'A subgraph failed to answer this field.',
    help: 'The rest of the answer is good; retry later. Operators find the cause in the log by `x-request-id`.',
  },
  SUBGRAPH_TIMEOUT: {
    family: 'subgraph',
    status: 200,
    message: 'A subgraph took too long to answer this field.',
    help: 'The rest of the answer is good; retry later. The deadlines are `subgraphs.all.timeoutMs` and `server.operationTimeoutMs` in gateway.yaml.',
  },
  SUBGRAPH_INVALID_RESPONSE: {
    family: 'subgraph',
    status: 200,
    message: 'A subgraph gave an answer that does not fit the schema.',
    help: 'The rest of the answer is good. Operators find the cause in the log by `x-request-id`.',
  },
  SUBGRAPH_RESPONSE_TOO_LARGE: {
    family: 'subgraph',
    status: 200,
    message: 'A subgraph gave an answer that is too large.',
    help: 'Ask for less, or raise `subgraphs.all.responseLimitBytes` in gateway.yaml.',
  },
  SUBGRAPH_UNAVAILABLE: {
    family: 'subgraph',
    status: 200,
    message: 'A subgraph cannot be reached.',
    help: 'The rest of the answer is good; retry later.',
  },
  OVERLOADED: {
    family: 'request',
    status: 503,
    message: 'The gateway is busy or shutting down.',
    help: 'Retry after a moment, with growing pauses.',
  },
  RATE_LIMITED: {
    family: 'request',
    status: 429,
    message: 'The rate limit is reached.',
    help: 'Wait as long as `retryAfterMs` or the header `Retry-After` says, then send the request again.',
  },
  SCHEMA_CONFLICT: {
    family: 'request',
    status: 409,
    message: 'The supergraph has changed since.',
    help: 'Check against the version that `current` names, then publish again with it as the parent.',
  },
  SCHEMA_CHECK_FAILED: {
    family: 'request',
    status: 422,
    message: 'The subgraph was checked and cannot be published.',
    help: 'The report of the answer says what would break and for whom; `tributary check` shows it.',
  },
  ROUTING_URL_FORBIDDEN: {
    family: 'request',
    status: 403,
    message: 'The URL leads where calls may not go.',
    help: 'Give an address that `egress.allow` of gateway.yaml opens; loopback addresses are open under `dev` alone.',
  },
  SUBGRAPH_PROBE_FAILED: {
    family: 'request',
    status: 422,
    message: 'The subgraph does not answer as a subgraph does.',
    help: "Start it before it is published; it has to answer `_service` and `_entities` and to take the gateway's token.",
  },
  INTERNAL_SERVER_ERROR: {
    family: 'internal',
    status: 500,
    message: 'Something went wrong on our side.',
    help: 'Report the `x-request-id` of the answer; the cause is in the log beside it.',
  },
  CONFIG_NOT_FOUND: {
    family: 'config',
    status: 500,
    message: 'A configuration file is missing.',
    help: 'The message names the file; create it or name another one.',
  },
  CONFIG_SYNTAX: {
    family: 'config',
    status: 500,
    message: 'A configuration file is not valid YAML.',
    help: 'The message names file, line and column.',
  },
  CONFIG_UNKNOWN_KEY: {
    family: 'config',
    status: 500,
    message: 'A configuration file has a key that does not exist.',
    help: 'The message names the nearest key that does.',
  },
  CONFIG_INVALID_VALUE: {
    family: 'config',
    status: 500,
    message: 'A configuration file has a value that is not allowed.',
    help: 'The message says what was expected and what was found.',
  },
  CONFIG_MISSING_VARIABLE: {
    family: 'config',
    status: 500,
    message: 'A configuration file names an environment variable that is not set.',
    help: 'Set the variable, or give it a default after a colon inside the braces.',
  },
  COMPOSITION_FAILED: {
    family: 'config',
    status: 500,
    message: 'The subgraphs do not compose.',
    help: 'Each line names subgraph, coordinate and the code of the composition error.',
  },
  SUPERGRAPH_INVALID: {
    family: 'config',
    status: 500,
    message: 'The supergraph cannot be served.',
    help: 'The file must be the output of Federation 2 composition.',
  },
  RULES_INVALID: {
    family: 'config',
    status: 500,
    message: 'The rules by field cannot be served.',
    help: 'Each line names a type or field of the rules file and what is wrong there; see docs/rules.md.',
  },
  PROTECTED_INPUT_UNCOVERED: {
    family: 'config',
    status: 500,
    message: 'A field reads protected values without having their rule.',
    help: 'Give the field that `@requires` them (or is found by that `@key`) the rules of what it reads.',
  },
  PORT_TAKEN: {
    family: 'config',
    status: 500,
    message: 'A port is taken.',
    help: 'Stop the other program, or choose another port.',
  },
  REDIS_URL_INVALID: {
    family: 'config',
    status: 500,
    message: 'The address of Redis is not valid.',
    help: 'The message names the forms that REDIS_URL may have.',
  },
  SNAPSHOT_REFUSED: {
    family: 'config',
    status: 500,
    message: 'A snapshot is not what the primary has signed.',
    help: 'The message says what is wrong with it. Workers go on with the one before; a damaged `snapshot.json` of the state directory is written anew once the tables can be read.',
  },
  CONTROL_PLANE_AWAY: {
    family: 'request',
    status: 503,
    message: 'The tables of the control plane cannot be reached now; what was served before is served on.',
    help: 'Bring the database back; the platform takes it over by itself, then repeat the command.',
  },
  STATE_DIRECTORY_IN_USE: {
    family: 'config',
    status: 500,
    message: 'Another platform runs on the state directory.',
    help: 'Stop the process that the message names, or choose another `--state-dir`.',
  },
  START_FAILED: {
    family: 'config',
    status: 500,
    message: 'A part of the platform did not start.',
    help: 'The message names the part and what it said.',
  },
});

export type Code = keyof typeof CODES;
