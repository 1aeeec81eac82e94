import {
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

/** A field on the way from a root type, with the arguments that it must have. */
export interface Step {
  readonly coordinate: string;
  readonly name: string;
  /** `(id: "id-1")`, or nothing. */
  readonly args: string;
  readonly isList: boolean;
  /** The object type whose fields are selected next; a fragment where the field's type is abstract. */
  readonly onType: string | undefined;
  readonly isAbstract: boolean;
}

/** A way from a root type to a field. */
export interface Route {
  readonly operation: 'query' | 'mutation';
  readonly steps: readonly Step[];
}

const DEPTH = 5;
const ROUTES_OF_A_TYPE = 12;

/** Every field of every object type that a root reaches, with some of the ways to it, short ones first. */
export function routesByCoordinate(schema: GraphQLSchema): ReadonlyMap<string, readonly Route[]> {
  const waysTo = new Map<string, Route[]>();
  const byCoordinate = new Map<string, Route[]>();
  let frontier: { readonly type: GraphQLObjectType; readonly route: Route }[] = [];
  for (const operation of ['query', 'mutation'] as const) {
    const type = schema.getRootType(operation as never);
    if (type != null) frontier.push({ type, route: { operation, steps: [] } });
  }
  for (let depth = 0; depth < DEPTH; depth += 1) {
    const next: typeof frontier = [];
    for (const { type, route } of frontier) {
      for (const step of stepsFrom(type, schema)) {
        const longer = { ...route, steps: [...route.steps, step] };
        const known = byCoordinate.get(step.coordinate) ?? [];
        if (!known.some((other) => nameOf(other) === nameOf(longer)))
          byCoordinate.set(step.coordinate, [...known, longer].slice(0, ROUTES_OF_A_TYPE));
        const reached = step.onType === undefined ? undefined : schema.getType(step.onType);
        const ways = waysTo.get(step.onType ?? '') ?? [];
        if (!isObjectType(reached) || ways.length >= ROUTES_OF_A_TYPE) continue;
        waysTo.set(reached.name, [...ways, longer]);
        next.push({ type: reached, route: longer });
      }
    }
    frontier = next;
  }
  return byCoordinate;
}

/** A field of an abstract type gives one step for each type; as the last step they are the same. */
function nameOf({ steps }: Route): string {
  return steps.map(({ coordinate }) => coordinate).join(' ');
}

function* stepsFrom(type: GraphQLObjectType, schema: GraphQLSchema): Generator<Step> {
  for (const field of Object.values(type.getFields())) {
    const args = field.args
      .filter(isRequiredArgument)
      .map((argument) => `${argument.name}: ${literalOf(argument.type)}`)
      .join(', ');
    const named = getNamedType(field.type);
    const common = {
      coordinate: `${type.name}.${field.name}`,
      name: field.name,
      args: args === '' ? '' : `(${args})`,
      isList: hasList(field.type),
      isAbstract: isAbstractType(named),
    };
    if (!isCompositeType(named)) yield { ...common, onType: undefined };
    else if (isObjectType(named)) yield { ...common, onType: named.name };
    else {
      // Of an abstract type, mocks make one object of each type in a list, and the first type alone elsewhere.
      const possible = schema.getPossibleTypes(named).slice(0, common.isList ? 2 : 1);
      for (const { name } of possible) yield { ...common, onType: name };
    }
  }
}

function hasList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

const LITERALS: Readonly<Record<string, string>> = {
  Int: '1',
  Float: '1.5',
  Boolean: 'true',
  Decimal: '"1"',
  DateTime: '"2026-01-01T00:00:00Z"',
  CurrencyCode: '"USD"',
};

function literalOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literalOf(type.ofType);
  if (isListType(type)) return `[${literalOf(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'null';
  if (!isInputObjectType(type)) return LITERALS[type.name] ?? '"x"';
  const fields = Object.values(type.getFields()).filter(isRequiredInputField);
  return `{ ${fields.map((field) => `${field.name}: ${literalOf(field.type)}`).join(', ')} }`;
}
