import {
  buildSchema,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  validate,
} from 'graphql';
import type { GatewaySettings } from '../../config/gateway-settings.ts';
import { RequestError } from '../../errors/errors.ts';
import { describeGraphQLError } from '../../lib/describe-graphql-error.ts';
import { enforceStructure } from '../../limits/enforce-structure.ts';
import { measureOperation } from '../../limits/measure-operation.ts';
import { findDeniedFields } from '../../shield/denied-fields.ts';
import { loadShieldRules } from '../../shield/load-shield-rules.ts';
import type { Snapshot } from '../../snapshot.ts';
import { SupergraphModel } from '../../supergraph/supergraph-model.ts';
import { createDocumentCosting, type DocumentCost, refuseCost } from './document-cost.ts';
import type { DocumentName, ManifestDocument } from './document-store.ts';

/** Why a document is not published; the message names the field at fault. */
export interface DocumentFault {
  readonly id: string;
  readonly name: string | null;
  readonly message: string;
}

/** What a document of a manifest costs. */
export interface CostedDocument extends DocumentName, DocumentCost {}

export interface CheckedDocuments {
  readonly documents: readonly ManifestDocument[];
  /** Of the documents that fit the schema. */
  readonly costs: readonly CostedDocument[];
  readonly faults: readonly DocumentFault[];
}

export interface DocumentCheckOptions {
  /** What is served. */
  readonly snapshot: Pick<Snapshot, 'apiSdl' | 'supergraphSdl' | 'settings' | 'keys' | 'open'>;
  /** Whose documents they are. */
  readonly client: string;
}

const FAULTS_PER_DOCUMENT = 5;

/**
 * Checks the documents of a manifest as the gateway will when they are asked for: length, syntax, one operation, shape,
 * schema, rules that refuse everybody, and cost.
 *
 * @throws ConfigError when the rules of the settings cannot be loaded
 */
export async function checkDocuments(
  manifest: readonly { readonly id: string; readonly text: string }[],
  { snapshot, client }: DocumentCheckOptions,
): Promise<CheckedDocuments> {
  const check = await createDocumentCheck(snapshot, client);
  const documents: ManifestDocument[] = [];
  const costs: CostedDocument[] = [];
  const faults: DocumentFault[] = [];
  for (const { id, text } of manifest) {
    const { name, messages, cost } = check(text);
    documents.push({ id, text, name });
    if (cost !== undefined) costs.push({ id, name: name ?? null, ...cost });
    faults.push(...messages.map((message) => ({ id, name: name ?? null, message })));
  }
  return { documents, costs, faults };
}

interface DocumentReport {
  readonly name: string | undefined;
  readonly messages: readonly string[];
  /** Absent when it does not fit the schema. */
  readonly cost?: DocumentCost;
}

/** With `--open` no rule holds and nothing is metered, so neither refuses. */
async function createDocumentCheck(
  snapshot: DocumentCheckOptions['snapshot'],
  client: string,
): Promise<(text: string) => DocumentReport> {
  const { apiSdl, supergraphSdl, settings, open } = snapshot;
  const schema = buildSchema(apiSdl, { noLocation: true, assumeValidSDL: true });
  const rules = open ? undefined : await loadShieldRules(new SupergraphModel(supergraphSdl), settings.rules);
  const costOf = createDocumentCosting(snapshot, schema);
  const isMetered = !open && settings.budgets.mode === 'enforce';
  return (text) => {
    const read = readDocument(text, schema, settings);
    if (!('document' in read)) return read;
    const { name, document, operation } = read;
    const denied = rules === undefined ? [] : findDeniedFields(document, schema, rules);
    const messages = denied
      .slice(0, FAULTS_PER_DOCUMENT)
      .map(({ coordinate, field }) =>
        describeGraphQLError(
          new GraphQLError(`the rules refuse ${coordinate} to everybody`, { nodes: field }),
        ),
      );
    try {
      const cost = costOf(document, operation);
      const tooDear = isMetered ? refuseCost(cost, snapshot, client) : undefined;
      return { name, cost, messages: tooDear === undefined ? messages : [...messages, tooDear] };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return { name, messages: [...messages, error.message] };
    }
  };
}

interface ReadDocument {
  readonly name: string | undefined;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

function readDocument(
  text: string,
  schema: GraphQLSchema,
  settings: GatewaySettings,
): ReadDocument | DocumentReport {
  const caps = { ...settings.limits, ...settings.documents.trustedLimits };
  const bytes = Buffer.byteLength(text);
  if (bytes > caps.documentBytes) {
    return refuse(undefined, `it has ${bytes} bytes; at most ${caps.documentBytes} are allowed`);
  }
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: caps.tokens });
  } catch (error) {
    return refuse(undefined, error instanceof GraphQLError ? describeGraphQLError(error) : String(error));
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
  return errors.length > 0
    ? { name, messages: errors.map(describeGraphQLError) }
    : { name, document, operation };
}

function refuse(name: string | undefined, message: string): DocumentReport {
  return { name, messages: [message] };
}
