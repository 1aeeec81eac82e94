import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  validate,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { LRUCache } from 'lru-cache';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { PreparedOperation, RequestedDocument } from '../context.ts';
import type { Code } from '../errors/codes.ts';
import { RequestError, RequestErrors } from '../errors/errors.ts';
import type { Metrics } from '../observability/metrics.ts';
import { literalsNestDeeper, valueNestsDeeper } from './value-nesting.ts';

/** A document that fits the schema. */
interface PreparedDocument {
  readonly document: DocumentNode;
  /** By operation name; the key of an anonymous operation is the empty string. */
  readonly operations: ReadonlyMap<string, OperationDefinitionNode>;
}

/** The caps on the text of a document, and on values in it and in its variables. */
export type DocumentLimits = Pick<GatewaySettings['limits'], 'documentBytes' | 'tokens' | 'nesting'>;

/** Looks at a document before it is validated, and may refuse it. */
export type DocumentGuard = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
) => RequestError | undefined;

export interface OperationPreparer {
  /** @throws RequestError, or RequestErrors when there are several */
  prepare(document: RequestedDocument): PreparedOperation;
  /**
   * All operations of a document that may be asked for, ahead of the request that says with which variables.
   *
   * @throws RequestError, or RequestErrors when there are several
   */
  read(text: string): readonly PreparedOperation[];
}

export interface OperationPreparerOptions {
  readonly schema: GraphQLSchema;
  readonly limits: DocumentLimits;
  /** Looks at every operation of a new document. */
  readonly guard: DocumentGuard;
  readonly metrics: Metrics;
}

/** Parsed documents kept, by the bytes of their text; a syntax tree takes about sixty times its text. */
const CACHE_TEXT_BYTES = 2 * 1_048_576;
/** What the shortest document takes beside its text, in bytes of such texts. */
const ENTRY_TEXT_BYTES = 50;
const MAX_ERRORS = 20;

/**
 * Turns a request's document into an operation that may run: parse, guard, validate, coerce variables.
 *
 * What a document comes to is cached, refusals too, so that a client that repeats a bad document costs no more
 * than one that repeats a good one.
 */
export function createOperationPreparer({
  schema,
  limits,
  guard,
  metrics,
}: OperationPreparerOptions): OperationPreparer {
  const cache = new LRUCache<string, PreparedDocument | Error>({
    maxSize: CACHE_TEXT_BYTES,
    sizeCalculation: (_document, text) => ENTRY_TEXT_BYTES + text.length,
  });

  function prepareDocument(text: string): PreparedDocument | Error {
    const known = cache.get(text);
    metrics.documentCache.inc({ result: known === undefined ? 'miss' : 'hit' });
    if (known !== undefined) return known;
    const prepared = parseAndValidate(text);
    cache.set(text, prepared);
    metrics.cacheBytes.set({ cache: 'documents' }, cache.calculatedSize);
    metrics.cacheEntries.set({ cache: 'documents' }, cache.size);
    return prepared;
  }

  function parseAndValidate(text: string): PreparedDocument | Error {
    const document = parseDocument(text, limits);
    if (document instanceof Error) return document;
    const operations = new Map<string, OperationDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const refusal = guard(document, definition);
      if (refusal !== undefined) return refusal;
      operations.set(definition.name?.value ?? '', definition);
    }
    const errors = validate(schema, document, undefined, { maxErrors: MAX_ERRORS });
    if (errors.length > 0) return refuseAll('GRAPHQL_VALIDATION_FAILED', errors);
    return { document, operations };
  }

  function goodDocument(text: string): PreparedDocument {
    const prepared = prepareDocument(text);
    if (prepared instanceof Error) throw prepared;
    return prepared;
  }

  return {
    prepare({ text, operationName, variables }) {
      const prepared = goodDocument(text);
      const operation = selectOperation(prepared, operationName);
      if (Object.values(variables).some((value) => valueNestsDeeper(value, limits.nesting)))
        throw tooDeep('The variables nest', limits.nesting);
      const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, {
        maxErrors: MAX_ERRORS,
      });
      if (errors !== undefined) throw refuseAll('BAD_USER_INPUT', errors);
      return toPrepared(text, prepared, operation, variables);
    },
    read(text) {
      const prepared = goodDocument(text);
      return [...prepared.operations.values()]
        .filter(({ operation }) => operation !== OperationTypeNode.SUBSCRIPTION)
        .map((operation) => toPrepared(text, prepared, operation, {}));
    },
  };
}

function toPrepared(
  text: string,
  { document }: PreparedDocument,
  operation: OperationDefinitionNode,
  variables: PreparedOperation['variables'],
): PreparedOperation {
  return {
    text,
    document,
    operation,
    type: operation.operation,
    name: operation.name?.value,
    variables,
  };
}

function tooDeep(what: string, nesting: number): RequestError {
  return new RequestError('QUERY_TOO_DEEP', {
    message: `${what} deeper than ${nesting} levels of lists and objects.`,
  });
}

function parseDocument(
  text: string,
  { documentBytes, tokens, nesting }: DocumentLimits,
): DocumentNode | RequestError {
  const bytes = Buffer.byteLength(text);
  if (bytes > documentBytes) {
    return new RequestError('QUERY_TOO_LARGE', {
      message: `The document has ${bytes} bytes; at most ${documentBytes} are allowed.`,
    });
  }
  try {
    const document = parse(text, { maxTokens: tokens });
    return literalsNestDeeper(document, nesting) ? tooDeep('Values of the document nest', nesting) : document;
  } catch (error) {
    // The parser works by recursion: what is left of the stack is a limit, too.
    if (error instanceof RangeError) return new RequestError('QUERY_TOO_DEEP');
    if (!(error instanceof GraphQLError)) throw error;
    if (error.message.includes('Parsing aborted')) {
      return new RequestError('QUERY_TOO_LARGE', { message: `The document has more than ${tokens} tokens.` });
    }
    return refuse('GRAPHQL_PARSE_FAILED', error);
  }
}

function selectOperation(
  { document, operations }: PreparedDocument,
  operationName: string | undefined,
): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (operation == null) {
    const names = [...operations.keys()].filter(Boolean);
    const known = names.length === 0 ? '' : ` The document has: ${names.join(', ')}.`;
    const message =
      operations.size === 0
        ? 'The document has no operation.'
        : operationName === undefined
          ? `The document has several operations: say which one by operationName.${known}`
          : `The document has no operation of the name that operationName gives.${known}`;
    throw new RequestError('BAD_REQUEST', { message });
  }
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    throw new RequestError('BAD_REQUEST', { message: 'Subscriptions are not served at this endpoint.' });
  }
  return operation;
}

function refuse(code: Code, { message, locations, path }: GraphQLError): RequestError {
  return new RequestError(code, { message, locations, path });
}

function refuseAll(code: Code, errors: readonly GraphQLError[]): Error {
  return new RequestErrors(errors.map((error) => refuse(code, error)));
}
