import type { GraphQLErrorEntry, GraphQLResult } from '../context.ts';
import { CODES, type Code } from '../errors/codes.ts';

type Path = readonly (string | number)[];

/** The result of an operation as the stock executor and Apollo Server hand it over. */
export interface RawResult {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?: readonly RawError[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

interface RawError {
  readonly message: string;
  readonly path?: Path | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Makes the result that a caller sees.
 *
 * - Of an error only message, path and code are kept; an unknown code becomes INTERNAL_SERVER_ERROR with its own
 *   sentence.
 * - Nulls that the executor made because a subgraph's data did not fit the schema are told as errors; the stock
 *   executor hides them in `extensions.valueCompletion`.
 * - At most `errorLimit` errors are listed; one more says how many were left out.
 */
export function shapeResult({ data, errors = [], extensions }: RawResult, errorLimit: number): GraphQLResult {
  const entries = [...errors.map(toEntry), ...completionErrors(extensions)];
  return {
    ...(data === undefined ? {} : { data }),
    ...(entries.length === 0 ? {} : { errors: limit(entries, errorLimit) }),
  };
}

function toEntry({ message, path, extensions }: RawError): GraphQLErrorEntry {
  const code = extensions?.code;
  const known = typeof code === 'string' && Object.hasOwn(CODES, code);
  if (!known || code === 'INTERNAL_SERVER_ERROR') return entry('INTERNAL_SERVER_ERROR', undefined, path);
  return entry(code as Code, message, path);
}

function entry(code: Code, message: string = CODES[code].message, path?: Path): GraphQLErrorEntry {
  return { message, ...(path === undefined ? {} : { path }), extensions: { code } };
}

function completionErrors(extensions: RawResult['extensions']): GraphQLErrorEntry[] {
  const completion = extensions?.valueCompletion;
  if (!Array.isArray(completion)) return [];
  return (completion as RawError[]).map(({ path }) => entry('SUBGRAPH_INVALID_RESPONSE', undefined, path));
}

function limit(entries: readonly GraphQLErrorEntry[], errorLimit: number): readonly GraphQLErrorEntry[] {
  if (entries.length <= errorLimit) return entries;
  const surplus = entries.length - errorLimit;
  return [
    ...entries.slice(0, errorLimit),
    entry('SUBGRAPH_ERROR', `${surplus} more ${surplus === 1 ? 'error was' : 'errors were'} left out.`),
  ];
}
