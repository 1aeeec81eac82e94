import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../lib/fragments-of.ts';
import {
  type CompletedType,
  type FieldShape,
  type ObjectShape,
  type ObjectShapes,
  ValueKind,
} from './complete-value.ts';
import { isInheritedName } from './own-property.ts';
import type { Position } from './response-tree.ts';
import { doesTypeConditionHold } from './type-conditions.ts';

/** What shapes of one operation have in common. */
export interface ShapeSource {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly apiSchema: GraphQLSchema;
  readonly rootPosition: Position;
  /** The client's response name of each private alias. */
  readonly responseNames: ReadonlyMap<string, string>;
}

/** The response shape of an operation, with what of its root no fetch brings. */
export interface RootShape extends ObjectShape {
  /** `__schema` and `__type`, which no subgraph answers. */
  readonly introspection: readonly FieldNode[];
  /** Root fields that no fetch of the plan brings, by the client's response names. */
  readonly unplanned: readonly string[];
}

const LEAF_KINDS: Readonly<Record<string, ValueKind>> = {
  String: ValueKind.string,
  Int: ValueKind.int,
  Float: ValueKind.float,
  Boolean: ValueKind.boolean,
  ID: ValueKind.id,
};

const NO_PROVIDERS: ReadonlySet<number> = new Set();

/** Compiles the shape of a response; shapes of objects follow when the first object of their type turns up. */
export function compileRootShape(source: ShapeSource): RootShape {
  return new ShapeCompiler(source).root();
}

class ShapeCompiler {
  readonly #source: ShapeSource;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(source: ShapeSource) {
    this.#source = source;
    this.#fragments = fragmentsOf(source.document);
  }

  root(): RootShape {
    const { operation, apiSchema, rootPosition } = this.#source;
    const type = apiSchema.getRootType(operation.operation) as GraphQLObjectType;
    const collected = this.#collectFields([operation.selectionSet], type.name);
    const introspection = [...collected.values()].flatMap((nodes) =>
      nodes.filter(({ name }) => name.value === '__schema' || name.value === '__type'),
    );
    const shape = this.#shapeOf(type, collected, rootPosition);
    const unplanned = shape.fields
      .filter(({ key, slot }) => slot < 0 && !isMetaField(collected.get(key)))
      .map(({ responseName }) => responseName);
    return { ...shape, introspection, unplanned };
  }

  #shapeOf(
    type: GraphQLObjectType | Extract<GraphQLCompositeType, { getFields(): unknown }>,
    collected: ReadonlyMap<string, readonly FieldNode[]>,
    position: Position | undefined,
  ): ObjectShape {
    return {
      typename: type.name,
      isAbstract: !isObjectType(type),
      typenameProviders: position?.fields.get('__typename')?.providers ?? NO_PROVIDERS,
      fields: [...collected].map(([key, nodes]) => this.#fieldShape(key, nodes, type, position)),
    };
  }

  #fieldShape(
    key: string,
    nodes: readonly FieldNode[],
    parentType: Extract<GraphQLCompositeType, { getFields(): unknown }>,
    position: Position | undefined,
  ): FieldShape {
    const [{ name }] = nodes as [FieldNode];
    const responseName = this.#source.responseNames.get(key) ?? key;
    const field = position?.fields.get(key);
    const common = {
      responseName,
      key,
      slot: field?.slot ?? -1,
      isInherited: isInheritedName(key) || isInheritedName(responseName),
      providers: field?.providers ?? NO_PROVIDERS,
    };
    const fieldType = parentType.getFields()[name.value]?.type;
    if (fieldType === undefined) return { ...common, type: metaFieldType(name.value) };
    const child = field?.child?.isNode === true ? field.child : undefined;
    return { ...common, type: this.#completedType(fieldType, nodes, child) };
  }

  #completedType(
    type: GraphQLOutputType,
    nodes: readonly FieldNode[],
    position: Position | undefined,
  ): CompletedType {
    const isNonNull = isNonNullType(type);
    const nullable = isNonNull ? type.ofType : type;
    const base = { isNonNull, item: undefined, values: undefined, shapes: undefined };
    if (isListType(nullable)) {
      return { ...base, kind: ValueKind.list, item: this.#completedType(nullable.ofType, nodes, position) };
    }
    if (isCompositeType(nullable)) {
      const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      const kind = position === undefined ? ValueKind.object : ValueKind.node;
      return { ...base, kind, shapes: this.#shapes(nullable, selectionSets, position) };
    }
    if (isEnumType(nullable)) {
      const values = new Set(nullable.getValues().map((value) => value.name));
      return { ...base, kind: ValueKind.enum, values };
    }
    return { ...base, kind: LEAF_KINDS[nullable.name] ?? ValueKind.scalar };
  }

  #shapes(
    staticType: GraphQLCompositeType,
    selectionSets: readonly SelectionSetNode[],
    position: Position | undefined,
  ): ObjectShapes {
    const { apiSchema } = this.#source;
    const byType = new Map<unknown, ObjectShape>();
    const compile = (typename: string): ObjectShape | undefined => {
      const type = apiSchema.getType(typename);
      if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
      // An interface object does not know the type of its objects, only the interface: that is the static type.
      if (!doesTypeConditionHold(apiSchema, staticType.name, typename)) return undefined;
      return this.#shapeOf(type, this.#collectFields(selectionSets, typename), position);
    };
    // Fields of an interface can be told without the type of the object; members of a union cannot.
    const staticName = isUnionType(staticType) ? undefined : staticType.name;
    return {
      shapeFor(given) {
        const typename = given === undefined || given === null ? staticName : given;
        const known = byType.get(typename);
        if (known !== undefined || typeof typename !== 'string') return known;
        const shape = compile(typename);
        if (shape !== undefined) byType.set(typename, shape);
        return shape;
      },
    };
  }

  /** @see https://spec.graphql.org/October2021/#CollectFields() */
  #collectFields(
    selectionSets: readonly SelectionSetNode[],
    typename: string,
  ): ReadonlyMap<string, readonly FieldNode[]> {
    const collected = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const key = (selection.alias ?? selection.name).value;
          const same = collected.get(key);
          if (same === undefined) collected.set(key, [selection]);
          else same.push(selection);
          continue;
        }
        if (selection.kind === Kind.FRAGMENT_SPREAD) {
          if (visited.has(selection.name.value)) continue;
          visited.add(selection.name.value);
        }
        const fragment =
          selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(selection.name.value) : selection;
        const condition = fragment?.typeCondition?.name.value;
        if (
          fragment !== undefined &&
          (condition === undefined || doesTypeConditionHold(this.#source.apiSchema, condition, typename))
        ) {
          collect(fragment.selectionSet);
        }
      }
    };
    for (const selectionSet of selectionSets) collect(selectionSet);
    return collected;
  }
}

function isMetaField(nodes: readonly FieldNode[] | undefined): boolean {
  return nodes?.[0]?.name.value.startsWith('__') === true;
}

/** `__typename` is a fact of the object; `__schema` and `__type` are filled in from elsewhere. */
function metaFieldType(name: string): CompletedType {
  return {
    kind: name === '__typename' ? ValueKind.typename : ValueKind.scalar,
    isNonNull: name === '__typename',
    item: undefined,
    values: undefined,
    shapes: undefined,
  };
}
