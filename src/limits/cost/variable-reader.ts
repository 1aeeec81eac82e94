import { Kind, type OperationDefinitionNode, type ValueNode, valueFromASTUntyped } from 'graphql';

/** The variables of a request, as they came; they fit their types. */
export type RawVariables = Readonly<Record<string, unknown>>;

/** Reads something of an operation that the variables of a request decide. */
export type ReadValue<Value> = (variables: RawVariables) => Value;

/** Prepares reading of an operation's values: what a request leaves out has the default that the operation gives. */
export class VariableReader {
  readonly #defaults: ReadonlyMap<string, unknown>;

  constructor({ variableDefinitions = [] }: OperationDefinitionNode) {
    this.#defaults = new Map(
      variableDefinitions.flatMap(({ variable, defaultValue }) =>
        defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
      ),
    );
  }

  /** @returns a reader of the value; undefined from it means that the request does not give the variable */
  reader(node: ValueNode): ReadValue<unknown> {
    if (node.kind === Kind.VARIABLE) return this.#variableReader(node.name.value);
    if (!containsVariable(node)) {
      const value = valueFromASTUntyped(node);
      return () => value;
    }
    if (node.kind === Kind.LIST) {
      const items = node.values.map((item) => this.reader(item));
      return (variables) => items.map((read) => read(variables));
    }
    const fields = node.kind === Kind.OBJECT ? node.fields : [];
    const readers = fields.map(({ name, value }) => [name.value, this.reader(value)] as const);
    return (variables) => Object.fromEntries(readers.map(([name, read]) => [name, read(variables)]));
  }

  #variableReader(name: string): ReadValue<unknown> {
    const fallback = this.#defaults.get(name);
    return (variables) => {
      const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
      return given === undefined ? fallback : given;
    };
  }
}

function containsVariable(node: ValueNode): boolean {
  switch (node.kind) {
    case Kind.VARIABLE:
      return true;
    case Kind.LIST:
      return node.values.some(containsVariable);
    case Kind.OBJECT:
      return node.fields.some(({ value }) => containsVariable(value));
    default:
      return false;
  }
}
