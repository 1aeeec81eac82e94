import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/** Answers to different variables that are kept for one operation. */
const CACHED_ANSWERS = 8;

/** Answers `__schema` and `__type`, once for each set of variables. */
export class Introspection {
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  readonly #variableNames: ReadonlySet<string>;
  readonly #answers = new LRUCache<string, Readonly<Record<string, unknown>>>({ max: CACHED_ANSWERS });

  /** @param fields - the root fields to answer, from a document that is valid */
  constructor(
    schema: GraphQLSchema,
    fields: readonly FieldNode[],
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ) {
    const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
    const used = new Set<string>();
    const note = {
      Variable: ({ name }: { readonly name: { readonly value: string } }) => void used.add(name.value),
    };
    for (const node of [...fields, ...fragments]) visit(node, note);
    const variableDefinitions = (operation.variableDefinitions ?? []).filter(({ variable }) =>
      used.has(variable.name.value),
    );
    this.#schema = schema;
    this.#variableNames = new Set(variableDefinitions.map(({ variable }) => variable.name.value));
    this.#document = {
      kind: Kind.DOCUMENT,
      definitions: [
        {
          kind: Kind.OPERATION_DEFINITION,
          operation: OperationTypeNode.QUERY,
          variableDefinitions,
          selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
        },
        ...fragments,
      ],
    };
  }

  /** The answers by response name. They are shared between requests: never change them. */
  answer(variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const used = Object.fromEntries(
      Object.entries(variables).filter(([name]) => this.#variableNames.has(name)),
    );
    const key = JSON.stringify(used);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const { data } = executeSync({ schema: this.#schema, document: this.#document, variableValues: used });
    const answer = data ?? {};
    this.#answers.set(key, answer);
    return answer;
  }
}
