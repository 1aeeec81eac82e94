import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

/** Chooses by a sequence of numbers; where the sequence has ended, always the first and simplest. */
export interface Choices {
  /** At least 0 and below `limit`. */
  below(limit: number): number;
}

export function createChoices(numbers: readonly number[]): Choices {
  let position = 0;
  return {
    below(limit) {
      const number = numbers[position] ?? 0;
      position += 1;
      return number % limit;
    },
  };
}

/** An operation as a client would send it. */
export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What the generator has to know of the data: values that find something, by the name of the argument's type. */
export type ValuePool = Readonly<Record<string, readonly string[]>>;

const MAX_DEPTH = 5;
/** Fields of an operation before the generator only adds what must be. */
const FIELD_BUDGET = 45;

/**
 * Makes a valid operation at random: aliases, arguments as literals and variables (given, left out, null, with
 * defaults), inline and named fragments on objects, interfaces and unions, nested `@skip` and `@include`.
 *
 * A response name always stands for one field with one set of arguments, so that selections merge.
 */
export function createRandomOperation(
  schema: GraphQLSchema,
  choices: Choices,
  pool: ValuePool,
): RandomOperation {
  return new OperationWriter(schema, choices, pool).write();
}

class OperationWriter {
  readonly #schema: GraphQLSchema;
  readonly #choices: Choices;
  readonly #pool: ValuePool;
  readonly #definitions: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #fragments: {
    readonly name: string;
    readonly type: GraphQLCompositeType;
    readonly text: string;
  }[] = [];
  /** The arguments of each field without alias, and of each alias. */
  readonly #argumentsByName = new Map<string, string>();
  #variableCount = 0;
  #fieldsLeft = FIELD_BUDGET;

  constructor(schema: GraphQLSchema, choices: Choices, pool: ValuePool) {
    this.#schema = schema;
    this.#choices = choices;
    this.#pool = pool;
  }

  write(): RandomOperation {
    const mutation = this.#schema.getMutationType();
    const isMutation = mutation != null && this.#choices.below(8) === 7;
    const root = isMutation ? mutation : this.#schema.getQueryType();
    if (root == null) throw new Error('the schema has no Query');
    const selection = this.#selectionSet(root, MAX_DEPTH);
    const variables = this.#definitions.length === 0 ? '' : `(${this.#definitions.join(', ')})`;
    const fragments = this.#fragments.map(({ text }) => `\n${text}`).join('');
    const kind = isMutation ? 'mutation' : 'query';
    return { query: `${kind} Random${variables} ${selection}${fragments}`, variables: this.#variables };
  }

  #selectionSet(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + this.#choices.below(4);
    const parts = Array.from({ length: count }, () => this.#selection(type, depth));
    return `{ ${parts.join(' ')} }`;
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const kind = this.#choices.below(10);
    if (depth > 0 && this.#fieldsLeft > 0) {
      if (kind === 9) return this.#namedFragment(type, depth);
      if (kind >= 7 || (isAbstractType(type) && kind >= 5) || isUnionType(type)) {
        return this.#inlineFragment(type, depth);
      }
    }
    if (isUnionType(type) || kind === 4) return this.#typename();
    return this.#field(type, depth);
  }

  #typename(): string {
    return ['__typename', 'kind: __typename'][this.#choices.below(2)] ?? '__typename';
  }

  #field(type: Exclude<GraphQLCompositeType, { getTypes(): unknown }>, depth: number): string {
    const fields = Object.values(type.getFields()).filter(
      (field) => (depth > 0 && this.#fieldsLeft > 0) || !isCompositeType(getNamedType(field.type)),
    );
    const field = fields[this.#choices.below(Math.max(1, fields.length))];
    if (field === undefined) return '__typename';
    this.#fieldsLeft -= 1;
    const input = this.#arguments(field);
    const name = this.#responseName(field.name, input);
    const named = getNamedType(field.type);
    const selection = isCompositeType(named) ? ` ${this.#selectionSet(named, depth - 1)}` : '';
    const prefix = name === field.name ? '' : `${name}: `;
    return `${prefix}${field.name}${input}${this.#directives()}${selection}`;
  }

  /** The field's name, or an alias that no field with other arguments has. */
  #responseName(field: string, input: string): string {
    const call = `${field}${input}`;
    for (let number = this.#choices.below(4) === 3 ? 1 : 0; ; number += 1) {
      const name = number === 0 ? field : `${field}_${number}`;
      const known = this.#argumentsByName.get(name);
      if (known !== undefined && known !== call) continue;
      this.#argumentsByName.set(name, call);
      return name;
    }
  }

  #inlineFragment(type: GraphQLCompositeType, depth: number): string {
    const targets = this.#overlapping(type);
    const target = targets[this.#choices.below(targets.length)] ?? type;
    const isBare = target === type && this.#choices.below(2) === 1;
    const condition = isBare ? '' : ` on ${target.name}`;
    return `...${condition}${this.#directives()} ${this.#selectionSet(target, depth - 1)}`;
  }

  #namedFragment(type: GraphQLCompositeType, depth: number): string {
    const targets = this.#overlapping(type);
    const known = this.#fragments.filter((fragment) => targets.includes(fragment.type));
    const reused = known[this.#choices.below(known.length + 1)];
    if (reused !== undefined) return `...${reused.name}${this.#directives()}`;
    const target = targets[this.#choices.below(targets.length)] ?? type;
    const selection = this.#selectionSet(target, depth - 1);
    const name = `Part${this.#fragments.length}`;
    this.#fragments.push({ name, type: target, text: `fragment ${name} on ${target.name} ${selection}` });
    return `...${name}${this.#directives()}`;
  }

  /** The types that a fragment inside a type may name, that type first. */
  #overlapping(type: GraphQLCompositeType): readonly GraphQLCompositeType[] {
    if (isAbstractType(type)) return [type, ...this.#schema.getPossibleTypes(type)];
    return isObjectType(type) ? [type, ...type.getInterfaces()] : [type];
  }

  #directives(): string {
    const kind = this.#choices.below(12);
    if (kind < 9) return '';
    const condition = () => this.#condition();
    if (kind === 9) return ` @include(if: ${condition()})`;
    return kind === 10
      ? ` @skip(if: ${condition()})`
      : ` @skip(if: ${condition()}) @include(if: ${condition()})`;
  }

  /** Mostly a variable, and mostly one that lets the selection stand. */
  #condition(): string {
    const value = this.#choices.below(3) !== 2;
    switch (this.#choices.below(4)) {
      case 0:
        return String(value);
      case 1:
        return this.#variable('Boolean!', undefined, value);
      case 2:
        return this.#variable('Boolean', String(value), undefined);
      default:
        return this.#variable('Boolean', String(!value), value);
    }
  }

  #arguments({ args }: GraphQLField<unknown, unknown>): string {
    const written = args.flatMap((argument) => {
      const isRequired = isNonNullType(argument.type) && argument.defaultValue === undefined;
      return isRequired || this.#choices.below(2) === 1 ? [this.#argument(argument)] : [];
    });
    return written.length === 0 ? '' : `(${written.join(', ')})`;
  }

  #argument({ name, type }: GraphQLArgument): string {
    if (this.#choices.below(3) !== 2) return `${name}: ${literal(this.#value(type, name))}`;
    const value = this.#value(type, name);
    const given = this.#choices.below(4);
    if (isNonNullType(type)) return `${name}: ${this.#variable(String(type), undefined, value)}`;
    const initial = this.#choices.below(2) === 1 ? literal(this.#value(type, name)) : undefined;
    // Left out, null, or given.
    const sent = given === 0 ? undefined : given === 1 ? null : value;
    return `${name}: ${this.#variable(String(type), initial, sent)}`;
  }

  #variable(type: string, initial: string | undefined, sent: unknown): string {
    this.#variableCount += 1;
    const name = `v${this.#variableCount}`;
    this.#definitions.push(`$${name}: ${type}${initial === undefined ? '' : ` = ${initial}`}`);
    if (sent !== undefined) this.#variables[name] = toJson(sent);
    return `$${name}`;
  }

  #value(type: GraphQLInputType, name: string): InputValue {
    if (isNonNullType(type)) return this.#value(type.ofType, name);
    if (isListType(type)) {
      return Array.from({ length: this.#choices.below(3) }, () => this.#value(type.ofType, name));
    }
    if (isEnumType(type)) {
      const values = type.getValues();
      return new EnumName(values[this.#choices.below(values.length)]?.name ?? '');
    }
    if (isInputObjectType(type)) {
      const chosen = Object.values(type.getFields()).filter(() => this.#choices.below(2) === 1);
      return Object.fromEntries(chosen.map((field) => [field.name, this.#value(field.type, field.name)]));
    }
    if (type.name === 'Int') return this.#choices.below(5);
    if (type.name === 'Boolean') return this.#choices.below(2) === 1;
    const values = this.#pool[name] ?? this.#pool[type.name] ?? ['text'];
    return values[this.#choices.below(values.length)] ?? 'text';
  }
}

/** A value of an enum: written without quotes in a document, as text in variables. */
class EnumName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

type InputValue = string | number | boolean | EnumName | readonly InputValue[] | InputObject;
interface InputObject {
  readonly [field: string]: InputValue;
}

function literal(value: InputValue): string {
  if (value instanceof EnumName) return value.name;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${name}: ${literal(part as InputValue)}`)
    .join(', ')} }`;
}

function toJson(value: unknown): unknown {
  if (value instanceof EnumName) return value.name;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toJson(part)]));
}
