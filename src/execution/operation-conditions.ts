import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { RequestError } from '../errors/errors.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Evaluates the `@skip` and `@include` of an operation, once for each request. */
export class OperationConditions {
  readonly #names: readonly string[];
  readonly #defaults: ReadonlyMap<string, unknown>;

  constructor(document: DocumentNode, operation: OperationDefinitionNode) {
    const names = new Set<string>();
    visit(document, {
      Directive(directive) {
        const condition = conditionOf(directive);
        if (condition?.kind === Kind.VARIABLE) names.add(condition.name.value);
      },
    });
    const defaults = new Map<string, unknown>();
    for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
      const name = variable.name.value;
      if (defaultValue !== undefined) defaults.set(name, valueFromASTUntyped(defaultValue));
    }
    // Other operations of the document may use variables that this one does not define.
    const defined = new Set((operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value));
    this.#names = [...names].filter((name) => defined.has(name));
    this.#defaults = defaults;
  }

  /**
   * The conditions of a request as text, `1` or `0` for each variable: equal for requests of which the same is asked.
   * A value is the request's, else the variable's default.
   *
   * @throws RequestError BAD_USER_INPUT when there is neither
   */
  evaluate(variables: Variables): string {
    let values = '';
    for (const name of this.#names) values += this.#value(name, variables) ? '1' : '0';
    return values;
  }

  /** What `evaluate` may give, all of it or so many. */
  variants(most: number): readonly string[] {
    const width = this.#names.length;
    return Array.from({ length: Math.min(most, 2 ** width) }, (_, number) =>
      width === 0 ? '' : number.toString(2).padStart(width, '0'),
    );
  }

  /** Whether a selection with these directives is part of the operation, by what `evaluate` gave. */
  isIncluded(directives: readonly DirectiveNode[] | undefined, values: string): boolean {
    return (directives ?? []).every((directive) => {
      const condition = conditionOf(directive);
      if (condition === undefined) return true;
      const value =
        condition.kind === Kind.VARIABLE
          ? values[this.#names.indexOf(condition.name.value)] === '1'
          : condition.kind === Kind.BOOLEAN && condition.value;
      return directive.name.value === 'include' ? value : !value;
    });
  }

  #value(name: string, variables: Variables): boolean {
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const value = given === undefined ? this.#defaults.get(name) : given;
    if (typeof value === 'boolean') return value;
    throw new RequestError('BAD_USER_INPUT', {
      message: `Variable "$${name}" of a @skip or @include has no Boolean value.`,
    });
  }
}

/** The value of `if`, when the directive is `@skip` or `@include`. */
export function conditionOf({ name, arguments: args = [] }: DirectiveNode) {
  if (name.value !== 'skip' && name.value !== 'include') return undefined;
  return args.find((argument) => argument.name.value === 'if')?.value;
}
