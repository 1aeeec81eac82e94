import {
  buildSchema,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  parse,
  validate,
} from 'graphql';
import type { GatewaySettings } from '../../config/gateway-settings.ts';
import { enforceStructure } from '../../limits/enforce-structure.ts';
import { measureOperation } from '../../limits/measure-operation.ts';
import type { ManifestDocument } from './document-store.ts';

/** Why a document is not published; the message names the field at fault. */
export interface DocumentFault {
  readonly id: string;
  readonly name: string | null;
  readonly message: string;
}

export interface CheckedDocuments {
  readonly documents: readonly ManifestDocument[];
  readonly faults: readonly DocumentFault[];
}

export interface DocumentCheckOptions {
  /** What clients see of the supergraph that is served. */
  readonly apiSdl: string;
  readonly settings: GatewaySettings;
}

const FAULTS_PER_DOCUMENT = 5;

/**
 * Checks the documents of a manifest as the gateway will when they are asked for: length, syntax, one operation, shape,
 * schema.
 */
export function checkDocuments(
  manifest: readonly { readonly id: string; readonly text: string }[],
  { apiSdl, settings }: DocumentCheckOptions,
): CheckedDocuments {
  const schema = buildSchema(apiSdl, { noLocation: true, assumeValidSDL: true });
  const documents: ManifestDocument[] = [];
  const faults: DocumentFault[] = [];
  for (const { id, text } of manifest) {
    const { name, messages } = checkDocument(text, schema, settings);
    documents.push({ id, text, name });
    faults.push(...messages.map((message) => ({ id, name: name ?? null, message })));
  }
  return { documents, faults };
}

interface DocumentReport {
  readonly name: string | undefined;
  readonly messages: readonly string[];
}

function checkDocument(text: string, schema: GraphQLSchema, settings: GatewaySettings): DocumentReport {
  const caps = { ...settings.limits, ...settings.documents.trustedLimits };
  const bytes = Buffer.byteLength(text);
  if (bytes > caps.documentBytes) {
    return refuse(undefined, `it has ${bytes} bytes; at most ${caps.documentBytes} are allowed`);
  }
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: caps.tokens });
  } catch (error) {
    return refuse(undefined, error instanceof GraphQLError ? describe(error) : String(error));
  }
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const [operation] = operations;
  if (operation?.kind !== Kind.OPERATION_DEFINITION || operations.length > 1) {
    return refuse(undefined, `it has ${operations.length} operations; one was expected`);
  }
  const name = operation.name?.value;
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    return refuse(name, 'subscriptions are not served');
  }
  const refusal = enforceStructure(measureOperation(document, operation), caps);
  if (refusal !== undefined) return refuse(name, refusal.message);
  const errors = validate(schema, document, undefined, { maxErrors: FAULTS_PER_DOCUMENT });
  return { name, messages: errors.map(describe) };
}

function refuse(name: string | undefined, message: string): DocumentReport {
  return { name, messages: [message] };
}

function describe({ message, locations }: GraphQLError): string {
  const [place] = locations ?? [];
  return place === undefined ? message : `${message} (line ${place.line}, column ${place.column})`;
}
