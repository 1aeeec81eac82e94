import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  execute,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  parse,
  print,
  visit,
} from 'graphql';
import { actualCost } from '../../../src/limits/cost/actual-cost.ts';
import type { CostModel } from '../../../src/limits/cost/compile-cost.ts';
import { breakDownCost, estimateCost } from '../../../src/limits/cost/estimate-cost.ts';
import { createChoices, createRandomOperation } from '../../differential/random-operation.ts';
import { compileTestCost, createTestCostModel, platformCostModel } from '../../kit/cost-model.ts';
import { seededRandom } from '../../kit/random-walk.ts';

/** Interfaces, unions, connections and every kind of size, which the platform's own schema does not all have. */
const abstractModel = createTestCostModel(`
  directive @cost(weight: Int!) on FIELD_DEFINITION | OBJECT | SCALAR | ENUM
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION
  interface Node { id: ID! related(first: Int = 3): [Node!] @listSize(slicingArguments: ["first"]) }
  interface Named implements Node { id: ID! name: String @cost(weight: 1) related(first: Int = 3): [Node!] @listSize(slicingArguments: ["first"]) }
  type Cat implements Node & Named { id: ID! name: String @cost(weight: 4) related(first: Int = 3): [Node!] @listSize(slicingArguments: ["first"]) rival: Pet }
  type Dog implements Node & Named @cost(weight: 2) { id: ID! name: String related(first: Int = 3): [Node!] @listSize(slicingArguments: ["first"]) toys: [Toy!] @listSize(assumedSize: 2) }
  type Toy implements Node { id: ID! related(first: Int = 3): [Node!] @listSize(slicingArguments: ["first"]) owner: Named }
  union Pet = Cat | Dog
  type Edge { node: Pet! }
  type Connection { edges: [Edge!]! nodes: [Pet!]! }
  type Query {
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    pets(first: Int! = 2): Connection @cost(weight: 3) @listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"])
    named: [Named!] @listSize(assumedSize: 3)
  }
  type Mutation { feed(pet: ID!): Pet }
`);

interface Sized {
  readonly nodes?: number;
}

/** Answers at random; a list is never longer than its field's arguments and directives say. */
function randomResolver(
  { directives, sizes }: CostModel,
  random: () => number,
): GraphQLFieldResolver<Sized, null> {
  const below = (limit: number) => Math.floor(random() * limit);
  return (source, args, _context, info) => {
    const { parentType, fieldName } = info;
    const field = parentType.getFields()[fieldName] as GraphQLField<unknown, unknown>;
    const size = directives.listSize(parentType.name, fieldName);
    const counts = (size?.slicingArguments ?? []).map((name) => args[name]).filter((count) => count != null);
    const list = field.args.find(({ type }) => isNonNullType(type) && isListType(type.ofType));
    const bySettings = sizes[`${parentType.name}.${fieldName}`];
    // The size of a span is its own question: the shortest is always right.
    const shortest = bySettings && Math.min(...Object.values(bySettings.sizes));
    const most =
      shortest ??
      (counts.length > 0 ? Math.max(...counts) : list ? args[list.name].length : size?.assumedSize) ??
      10;
    const inherited = source?.nodes !== undefined && /^(edges|nodes)$/.test(fieldName) ? source.nodes : most;
    const make = (type: GraphQLOutputType, isRequired: boolean): unknown => {
      if (isNonNullType(type)) return make(type.ofType, true);
      if (!isRequired && below(8) === 0) return null;
      if (isListType(type))
        return Array.from({ length: below(Math.max(0, inherited) + 1) }, () => make(type.ofType, false));
      const named = getNamedType(type);
      if (isEnumType(named)) return named.getValues()[0]?.value;
      if (!isCompositeType(named))
        return named.name === 'Int' || named.name === 'Float' ? 1 : named.name === 'Boolean' ? true : 'text';
      const possible = isAbstractType(named) ? info.schema.getPossibleTypes(named) : [];
      const sizedBy = (size?.sizedFields.length ?? 0) > 0 ? { nodes: most } : {};
      return {
        ...(isAbstractType(named) ? { __typename: possible[below(possible.length)]?.name } : {}),
        ...sizedBy,
      };
    };
    return make(field.type, false);
  };
}

/** The document without one of its selections: the last of the set at a position that has several. */
function withoutSelection(query: string, position: number): string {
  let left = position;
  const smaller = visit(parse(query), {
    SelectionSet(node) {
      if (node.selections.length < 2) return undefined;
      left -= 1;
      return left === -1 ? { ...node, selections: node.selections.slice(0, -1) } : undefined;
    },
  });
  return print(smaller);
}

const CHOICES = 400;
const RUNS = 1_000;
const numbers = fc.noBias(fc.array(fc.nat(0xffff), { minLength: CHOICES, maxLength: CHOICES }));

for (const [name, model] of [
  ['the platform', platformCostModel()],
  ['abstract types', abstractModel],
] as const) {
  const operation = numbers.map((sample) => createRandomOperation(model.schema, createChoices(sample), {}));

  describe(`the cost of ${RUNS} random operations: ${name}`, () => {
    it('was estimated at no less than it came to, and the estimate by field adds up to it', () => {
      let dearest = 0;
      fc.assert(
        fc.property(operation, fc.nat(), ({ query, variables }, seed) => {
          const compiled = compileTestCost(model, query);
          const estimate = estimateCost(compiled, variables);
          const { data } = execute({
            schema: model.schema,
            document: parse(query),
            variableValues: variables,
            fieldResolver: randomResolver(model, seededRandom(seed)),
            rootValue: {},
          }) as { data?: Record<string, unknown> | null };
          if (data === undefined) return;
          const actual = actualCost(compiled, variables, data);
          dearest = Math.max(dearest, actual);
          assert.ok(actual <= estimate, `estimated ${estimate}, came to ${actual}: ${query}`);
          const sum = breakDownCost(compiled, variables).reduce((points, cost) => points + cost.points, 0);
          assert.equal(sum, estimate, query);
        }),
        { seed: 276, numRuns: RUNS },
      );
      assert.ok(dearest > 50, `the answers were too small to tell anything: ${dearest}`);
    });

    it('never falls when a field is added', () => {
      fc.assert(
        fc.property(operation, fc.nat(12), ({ query, variables }, position) => {
          const smaller = withoutSelection(query, position);
          const estimate = estimateCost(compileTestCost(model, query), variables);
          const compiled = compileTestCost(model, smaller);
          assert.ok(estimateCost(compiled, variables) <= estimate, query);
        }),
        { seed: 803, numRuns: RUNS },
      );
    });
  });
}
