import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** A document to plan, and the way back to the client's names. */
export interface AliasedDocument {
  /** The client's document; conflicting fields have private aliases. */
  readonly document: DocumentNode;
  /** The client's response name of each private alias. */
  readonly responseNames: ReadonlyMap<string, string>;
}

/** By field name: how it is selected, as text, in the field sets of keys, requirements and contexts. */
type InputFields = ReadonlyMap<string, ReadonlySet<string>>;

/** Arguments of the join and context specifications that hold field sets. */
const FIELD_SET_ARGUMENTS: ReadonlySet<string> = new Set(['key', 'requires', 'provides']);

const TYPENAME = '__typename';
/** What may stand under that name. */
const IS_TYPENAME: ReadonlySet<string> = new Set(['__typename()']);

const inputFieldsOf = new WeakMap<GraphQLSchema, InputFields>();

/**
 * Gives private aliases to fields of a client that have the response name of a field which subgraphs need (for
 * `@key`, `@requires` or `@fromContext`), but are another field or have other arguments.
 *
 * The planner knows what it fetches by response names alone, so it would take the one for the other: with
 * `@requires(fields: "price(currency: \"USD\")")` and a client that asks for `price(currency: "EUR")`, a subgraph
 * would be given euros for dollars.
 *
 * `__typename` is needed everywhere: another field of that name would pass for the type of its object.
 *
 * @param document - valid against the API schema
 * @param supergraphSchema - the whole supergraph, with its join directives
 */
export function aliasConflictingFields(
  document: DocumentNode,
  supergraphSchema: GraphQLSchema,
): AliasedDocument {
  let inputs = inputFieldsOf.get(supergraphSchema);
  if (inputs === undefined) {
    inputs = readInputFields(supergraphSchema);
    inputFieldsOf.set(supergraphSchema, inputs);
  }
  const aliases = new PrivateAliases(document);
  const known = inputs;
  const aliased = visit(document, {
    Field(field) {
      const responseName = (field.alias ?? field.name).value;
      const selected = responseName === TYPENAME ? IS_TYPENAME : known.get(responseName);
      if (selected === undefined) return undefined;
      const text = fieldText(field);
      if (selected.size === 1 && selected.has(text)) return undefined;
      return { ...field, alias: { kind: Kind.NAME, value: aliases.for(responseName, text) } };
    },
  });
  return { document: aliased, responseNames: aliases.responseNames };
}

/** Aliases that no name of the document is equal to; equal fields get equal ones, so they still merge. */
class PrivateAliases {
  readonly responseNames = new Map<string, string>();
  readonly #aliases = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(document: DocumentNode) {
    visit(document, { Field: ({ alias, name }) => void this.#taken.add((alias ?? name).value) });
  }

  for(responseName: string, text: string): string {
    const key = `${responseName}:${text}`;
    const known = this.#aliases.get(key);
    if (known !== undefined) return known;
    let number = 0;
    while (this.#taken.has(`${responseName}__client_${number}`)) number += 1;
    const alias = `${responseName}__client_${number}`;
    this.#taken.add(alias);
    this.#aliases.set(key, alias);
    this.responseNames.set(alias, responseName);
    return alias;
  }
}

function readInputFields(schema: GraphQLSchema): InputFields {
  const inputs = new Map<string, Set<string>>();
  for (const fieldSet of fieldSetsOf(schema)) {
    visit(fieldSet, {
      Field(field) {
        const name = field.name.value;
        if (name === TYPENAME) return;
        const texts = inputs.get(name);
        if (texts === undefined) inputs.set(name, new Set([fieldText(field)]));
        else texts.add(fieldText(field));
      },
    });
  }
  return inputs;
}

function fieldSetsOf(schema: GraphQLSchema): SelectionSetNode[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const nodes = [type.astNode, ...type.extensionASTNodes];
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    return [...nodes, ...fields.map(({ astNode }) => astNode)]
      .flatMap((node) => node?.directives ?? [])
      .filter(({ name }) => name.value.startsWith('join__'))
      .flatMap(({ arguments: args = [] }) => args.flatMap(parseFieldSets));
  });
}

/** `@join__field(contextArguments: [{ selection: "{ currency }", … }])` nests its field sets. */
function parseFieldSets({ name, value }: ArgumentNode): SelectionSetNode[] {
  if (FIELD_SET_ARGUMENTS.has(name.value) && value.kind === Kind.STRING) {
    return [parseSelectionSet(`{${value.value}}`)];
  }
  if (name.value !== 'contextArguments' || value.kind !== Kind.LIST) return [];
  return value.values.flatMap((entry) =>
    entry.kind === Kind.OBJECT
      ? entry.fields.flatMap((field) =>
          field.name.value === 'selection' && field.value.kind === Kind.STRING
            ? [parseSelectionSet(field.value.value)]
            : [],
        )
      : [],
  );
}

function parseSelectionSet(text: string): SelectionSetNode {
  const { definitions } = parse(text, { noLocation: true });
  return (definitions[0] as { readonly selectionSet: SelectionSetNode }).selectionSet;
}

/** A field's name and arguments, the latter in the order of their names. */
function fieldText({ name, arguments: args = [] }: FieldNode): string {
  const texts = args.map((argument) => print(argument)).sort();
  return `${name.value}(${texts.join(',')})`;
}
