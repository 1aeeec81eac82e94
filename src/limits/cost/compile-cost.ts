import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { RequestError } from '../../errors/errors.ts';
import { fragmentsOf } from '../../lib/fragments-of.ts';
import type { CostDirectives } from '../../supergraph/cost-directives.ts';
import {
  collectOccurrences,
  type Occurrence,
  type OperationScope,
  possibleTypes,
  type SelectionSource,
} from './collect-occurrences.ts';
import type { CompiledCost, CostField, CostSelection } from './compiled-cost.ts';
import { either, type Inclusion } from './inclusion.ts';
import {
  type FieldArguments,
  nestLists,
  readArguments,
  readSize,
  type SizeByArgument,
} from './list-sizes.ts';
import { addPoints } from './saturating.ts';
import { type ReadValue, VariableReader } from './variable-reader.ts';

/** What the costs of a supergraph's fields are worked out from. */
export interface CostModel {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly directives: CostDirectives;
  /** The weight of a root field of a mutation that has no `@cost`. */
  readonly mutationPoints: number;
  /** What `__schema` and `__type` cost, whatever is selected below. */
  readonly introspectionPoints: number;
  /** Lists whose size an argument names, by coordinate. */
  readonly sizes: Readonly<Record<string, SizeByArgument>>;
}

/** Where fragments on abstract types multiply beyond this many fields, an operation is refused. */
const MOST_FIELDS = 10_000;

/**
 * Works out what an operation costs, as far as its variables leave that open:
 *
 * cost(field) = weight(field) + n × (weight(type) + Σ cost(selected field))
 *
 * A field that is selected twice counts once, as it is answered once; where types differ, the dearest counts.
 *
 * @param operation - one that fits the schema
 * @throws RequestError QUERY_TOO_COMPLEX when fragments on abstract types multiply beyond measure
 * @see https://ibm.github.io/graphql-specs/cost-spec.html
 */
export function compileCost(
  model: CostModel,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompiledCost {
  const root = model.schema.getRootType(operation.operation);
  if (root == null) return { root: { common: [], variants: [] } };
  const compiler = new CostCompiler(model, document, operation);
  const source = { selectionSet: operation.selectionSet, type: root, inclusion: true } as const;
  return { root: compiler.compileSelection([root.name], [source], {}) };
}

/** What a selection is told by the field that it belongs to. */
interface Surroundings {
  readonly args?: FieldArguments;
  /** The fields below that hold the list that the field is about, and how long it is. */
  readonly sized?: { readonly names: readonly string[]; readonly size: ReadValue<number> };
  readonly subgraph?: string | undefined;
}

class CostCompiler {
  readonly #model: CostModel;
  readonly #scope: OperationScope;
  readonly #rootDefault: number;
  readonly #rootName: string | undefined;
  #left = MOST_FIELDS;

  constructor(model: CostModel, document: DocumentNode, operation: OperationDefinitionNode) {
    this.#model = model;
    this.#rootName = model.schema.getRootType(operation.operation)?.name;
    this.#rootDefault = operation.operation === OperationTypeNode.MUTATION ? model.mutationPoints : 0;
    this.#scope = {
      schema: model.schema,
      fragments: fragmentsOf(document),
      variables: new VariableReader(operation),
      spend: () => this.#spend(),
    };
  }

  #spend(): void {
    this.#left -= 1;
    if (this.#left >= 0) return;
    throw new RequestError('QUERY_TOO_COMPLEX', {
      message: 'The operation selects of abstract types in too many combinations for its cost to be told.',
    });
  }

  /**
   * Every object type is reckoned by itself, so that a field that is added never makes an operation cheaper; those that
   * come to the same are reckoned together.
   */
  compileSelection(
    types: readonly string[],
    sources: readonly SelectionSource[],
    around: Surroundings,
  ): CostSelection {
    const [anyType] = types;
    if (anyType === undefined) return { common: [], variants: [] };
    const common: CostField[] = [];
    const particular: (readonly Occurrence[])[] = [];
    for (const places of collectOccurrences(this.#scope, types, sources).values()) {
      if (this.#isCommon(types, places)) common.push(...this.#compileField(anyType, places, around));
      else particular.push(places);
    }
    const variants = [...this.#groupTypes(types, particular)].map((type) =>
      particular.flatMap((places) => {
        const fitting = places.filter(({ only }) => only === undefined || only.has(type));
        return fitting.length === 0 ? [] : this.#compileField(type, fitting, around);
      }),
    );
    return { common, variants: variants.filter((fields) => fields.length > 0) };
  }

  /** Whether a field is selected of all types, and costs the same in each. */
  #isCommon(types: readonly string[], places: readonly Occurrence[]): boolean {
    if (places.some(({ only }) => only !== undefined)) return false;
    if (types.length === 1) return true;
    return new Set(types.map((type) => this.#traitsOf(type, places))).size === 1;
  }

  /** Types of which the same is selected at the same cost are one group. @returns a type of each */
  #groupTypes(types: readonly string[], particular: readonly (readonly Occurrence[])[]): Iterable<string> {
    if (particular.length === 0) return [];
    const groups = new Map<string, string>();
    for (const type of types) {
      const traits = particular.map((places) => {
        const fitting = places.map(({ only }) => only === undefined || only.has(type));
        return [fitting, fitting.includes(true) ? this.#traitsOf(type, places) : ''];
      });
      const key = JSON.stringify(traits);
      if (!groups.has(key)) groups.set(key, type);
    }
    return groups.values();
  }

  /** What the cost of a field depends on in one type, as text. */
  #traitsOf(type: string, [first]: readonly Occurrence[]): string {
    if (first === undefined) return '';
    const name = first.node.name.value;
    const { directives, sizes } = this.#model;
    return JSON.stringify([
      this.#fieldPoints(type, first.node),
      directives.listSize(type, name),
      sizes[`${type}.${name}`],
      String(this.#fieldOf(type, name)?.type),
    ]);
  }

  /** @returns no field where it costs nothing under any variables */
  #compileField(type: string, places: readonly Occurrence[], around: Surroundings): readonly CostField[] {
    const [first] = places;
    if (first === undefined) return [];
    const { node } = first;
    const name = node.name.value;
    const responseKey = node.alias?.value ?? name;
    const inclusion = places.map((place) => place.inclusion).reduce(either);
    if (name.startsWith('__')) return this.#compileMetaField(name, responseKey, inclusion);
    const field = this.#fieldOf(type, name);
    if (field === undefined) return [];
    this.#spend();

    const coordinate = `${type}.${name}`;
    const stated = this.#model.directives.listSize(type, name);
    const args = readArguments(field, node, this.#scope.variables, around.args);
    const size = readSize(field, stated, this.#model.sizes[coordinate], args);
    const subgraph = this.#subgraphOf(type, name, around.subgraph);
    const sized = { names: stated?.sizedFields ?? [], size };
    const returned = getNamedType(field.type);
    const selection = isCompositeType(returned)
      ? this.#compileBelow(returned, places, { args, subgraph, sized })
      : undefined;
    const compiled: CostField = {
      responseKey,
      coordinate,
      subgraph,
      inclusion,
      fieldPoints: this.#fieldPoints(type, node),
      typePoints: this.#typePoints(returned),
      size: sizeOfLists(field.type, around.sized?.names.includes(name) ? around.sized.size : size),
      selection,
    };
    const isFree = compiled.fieldPoints === 0 && compiled.typePoints === 0 && selection === undefined;
    return isFree ? [] : [compiled];
  }

  #compileBelow(
    type: GraphQLCompositeType,
    places: readonly Occurrence[],
    around: Surroundings,
  ): CostSelection | undefined {
    const sources = places.flatMap(({ node: { selectionSet }, inclusion }) =>
      selectionSet === undefined ? [] : [{ selectionSet, type, inclusion }],
    );
    const selection = this.compileSelection(possibleTypes(this.#model.schema, type), sources, around);
    return selection.common.length + selection.variants.length === 0 ? undefined : selection;
  }

  #compileMetaField(name: string, responseKey: string, inclusion: Inclusion): readonly CostField[] {
    if (name === '__typename') return [];
    return [
      {
        responseKey,
        coordinate: `Query.${name}`,
        subgraph: undefined,
        inclusion,
        fieldPoints: this.#model.introspectionPoints,
        typePoints: 0,
        size: undefined,
        selection: undefined,
      },
    ];
  }

  #fieldOf(typeName: string, name: string): GraphQLField<unknown, unknown> | undefined {
    const type = this.#model.schema.getType(typeName);
    return isObjectType(type) ? type.getFields()[name] : undefined;
  }

  #fieldPoints(type: string, { name, arguments: args = [] }: FieldNode): number {
    const { directives } = this.#model;
    const byDefault = type === this.#rootName ? this.#rootDefault : 0;
    const own = directives.fieldWeight(type, name.value) ?? byDefault;
    const weights = args.map(
      (argument) => directives.argumentWeight(type, name.value, argument.name.value) ?? 0,
    );
    return Math.max(0, weights.reduce(addPoints, own));
  }

  /** An object costs 1, anything else nothing, unless `@cost` says otherwise; of an abstract type the dearest counts. */
  #typePoints(type: GraphQLNamedType): number {
    const { directives, schema } = this.#model;
    const byDefault = isCompositeType(type) ? 1 : 0;
    const possible = isCompositeType(type) ? possibleTypes(schema, type) : [type.name];
    const weights = possible.map((name) => directives.typeWeight(name) ?? byDefault);
    return Math.max(0, directives.typeWeight(type.name) ?? 0, ...weights);
  }

  #subgraphOf(type: string, name: string, around: string | undefined): string | undefined {
    const subgraphs = this.#model.directives.subgraphsOf(type, name);
    return around !== undefined && subgraphs.includes(around) ? around : subgraphs[0];
  }
}

/** @returns undefined for what is no list */
function sizeOfLists(type: GraphQLOutputType, size: ReadValue<number>): ReadValue<number> | undefined {
  const depth = depthOfLists(type);
  return depth === 0 ? undefined : nestLists(size, depth);
}

function depthOfLists(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return depthOfLists(type.ofType);
  return isListType(type) ? 1 + depthOfLists(type.ofType) : 0;
}
