import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import { directiveArguments } from './directive-arguments.ts';
import { linkedFeatures } from './linked-features.ts';

/** How many items a list has, as `@listSize` says. */
export interface ListSize {
  /** How many, when no argument says. */
  readonly assumedSize: number | undefined;
  /** Arguments that say how many; dots lead into input objects. */
  readonly slicingArguments: readonly string[];
  /** The fields below that hold the list; empty when the field itself is the list. */
  readonly sizedFields: readonly string[];
}

/** What a supergraph says about cost, by coordinate; undefined where it says nothing. */
export interface CostDirectives {
  /** The `@cost` of a field. */
  fieldWeight(typeName: string, fieldName: string): number | undefined;
  /** The `@cost` of an object, scalar or enum. */
  typeWeight(typeName: string): number | undefined;
  /** The `@cost` of an argument. */
  argumentWeight(typeName: string, fieldName: string, argumentName: string): number | undefined;
  listSize(typeName: string, fieldName: string): ListSize | undefined;
  /** The subgraphs that resolve a field, by the names that the supergraph gives them. */
  subgraphsOf(typeName: string, fieldName: string): readonly string[];
}

/**
 * Reads `@cost` and `@listSize` of a supergraph, whatever they are called in it. Where subgraphs differ, composition has
 * already taken the greater one; of several `@join__directive` applications the greater one counts here.
 *
 * @see https://specs.apollo.dev/cost/v0.1/
 * @see https://ibm.github.io/graphql-specs/cost-spec.html
 */
export function readCostDirectives(document: DocumentNode): CostDirectives {
  const names = costNames(document);
  const weights = new Map<string, number>();
  const sizes = new Map<string, ListSize>();
  const owners = new Map<string, readonly string[]>();
  const graphs = graphNames(document);

  const addWeight = (coordinate: string, directives: readonly ConstDirectiveNode[] | undefined): void => {
    const found = argumentsOf(directives, names.cost).map(({ weight }) => Number(weight));
    if (found.length > 0) weights.set(coordinate, Math.max(...found));
  };
  const addField = (type: ObjectTypeDefinitionNode, field: FieldDefinitionNode): void => {
    const coordinate = `${type.name.value}.${field.name.value}`;
    addWeight(coordinate, field.directives);
    for (const argument of field.arguments ?? [])
      addWeight(`${coordinate}(${argument.name.value}:)`, argument.directives);
    const size = mergeSizes(argumentsOf(field.directives, names.listSize).map(toListSize));
    if (size !== undefined) sizes.set(coordinate, size);
    owners.set(coordinate, ownersOf(type, field, graphs));
  };
  for (const definition of document.definitions) {
    switch (definition.kind) {
      case Kind.SCALAR_TYPE_DEFINITION:
      case Kind.ENUM_TYPE_DEFINITION:
        addWeight(definition.name.value, definition.directives);
        break;
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION:
        addWeight(definition.name.value, definition.directives);
        for (const field of definition.fields ?? []) addField(definition as ObjectTypeDefinitionNode, field);
    }
  }
  return {
    fieldWeight: (typeName, fieldName) => weights.get(`${typeName}.${fieldName}`),
    typeWeight: (typeName) => weights.get(typeName),
    argumentWeight: (typeName, fieldName, argument) => weights.get(`${typeName}.${fieldName}(${argument}:)`),
    listSize: (typeName, fieldName) => sizes.get(`${typeName}.${fieldName}`),
    subgraphsOf: (typeName, fieldName) => owners.get(`${typeName}.${fieldName}`) ?? [],
  };
}

/** What the two directives are called in a document; a feature that is not linked has their plain names. */
function costNames(document: DocumentNode): { readonly cost: string; readonly listSize: string } {
  const feature = linkedFeatures(document).find(({ name }) => name === 'cost');
  if (feature === undefined) return { cost: 'cost', listSize: 'listSize' };
  return { cost: feature.directiveName('cost'), listSize: feature.directiveName('listSize') };
}

type DirectiveArguments = Readonly<Record<string, unknown>>;

/** The arguments of each application of a directive, those that composition carries in `@join__directive` among them. */
function argumentsOf(
  directives: readonly ConstDirectiveNode[] | undefined,
  name: string,
): readonly DirectiveArguments[] {
  return (directives ?? []).flatMap((directive) => {
    const args = directiveArguments(directive);
    if (directive.name.value === name) return [args];
    const isCarried = directive.name.value === 'join__directive' && args.name === name;
    return isCarried ? [args.args as DirectiveArguments] : [];
  });
}

function toListSize({ assumedSize, slicingArguments, sizedFields }: DirectiveArguments): ListSize {
  return {
    assumedSize: typeof assumedSize === 'number' ? assumedSize : undefined,
    slicingArguments: (slicingArguments ?? []) as readonly string[],
    sizedFields: (sizedFields ?? []) as readonly string[],
  };
}

function mergeSizes(sizes: readonly ListSize[]): ListSize | undefined {
  const [first, ...others] = sizes;
  return others.reduce<ListSize | undefined>(
    (merged, size) =>
      merged && {
        assumedSize: Math.max(merged.assumedSize ?? 0, size.assumedSize ?? 0) || undefined,
        slicingArguments: [...new Set([...merged.slicingArguments, ...size.slicingArguments])],
        sizedFields: [...new Set([...merged.sizedFields, ...size.sizedFields])],
      },
    first,
  );
}

/** The subgraphs' names by the values of `join__Graph`. */
function graphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const graphs = document.definitions.flatMap((definition) =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph'
      ? (definition.values ?? [])
      : [],
  );
  return new Map(
    graphs.map(({ name, directives }) => [
      name.value,
      String(argumentsOf(directives, 'join__graph')[0]?.name ?? name.value),
    ]),
  );
}

/** `@join__field` says who resolves a field; a field without one is resolved wherever its type is. */
function ownersOf(
  { directives: onType }: ObjectTypeDefinitionNode,
  { directives: onField }: FieldDefinitionNode,
  graphs: ReadonlyMap<string, string>,
): readonly string[] {
  const fields = argumentsOf(onField, 'join__field').filter(({ graph }) => graph !== undefined);
  const owners = (fields.length > 0 ? fields : argumentsOf(onType, 'join__type')).filter(
    ({ external, usedOverridden }) => external !== true && usedOverridden !== true,
  );
  return [...new Set(owners.map(({ graph }) => graphs.get(String(graph)) ?? String(graph)))];
}
