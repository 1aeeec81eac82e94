import { createTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.ts';
import { createTestSubgraph, type TestSubgraph } from './subgraph.ts';

/** A gateway with budgets over one subgraph whose fields have round costs. */
export interface BudgetGateway extends TestGateway {
  readonly subgraph: TestSubgraph;
}

/** The parts of `gateway.yaml` that make budgets small. */
export function smallTier(tier: string, settings: string, budgets = "{ mode: 'enforce' }"): string {
  return `tiers:\n  ${tier}: { ${settings} }\nbudgets: ${budgets}\n`;
}

/** A subgraph with `one` (1 point), `ten` (10), `items(first:)` (1 each) and `more`, which is longer than it says. */
export function createPricedSubgraph(): Promise<TestSubgraph> {
  const items = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `item ${index}` }));
  return createTestSubgraph({
    name: 'priced',
    sdl: `
      type Item { name: String! }
      type Query {
        one: Int @cost(weight: 1)
        ten: Int @cost(weight: 10)
        free: Int
        items(first: Int! = 5, found: Int): [Item!]! @listSize(slicingArguments: ["first"])
        more(count: Int! = 5): [Item!]! @listSize(assumedSize: 2)
      }
      type Mutation { change: Int }
    `,
    resolvers: {
      Query: {
        one: () => 1,
        ten: () => 10,
        free: () => 0,
        items: (_source: unknown, { first, found }: { first: number; found?: number }) =>
          items(found ?? first),
        more: (_source: unknown, { count }: { count: number }) => items(count),
      },
      Mutation: { change: () => 1 },
    },
  });
}

export async function createBudgetGateway(
  options: Omit<TestGatewayOptions, 'subgraphs'>,
): Promise<BudgetGateway> {
  const subgraph = await createPricedSubgraph();
  const gateway = await createTestGateway({ ...options, subgraphs: [subgraph] });
  return {
    ...gateway,
    subgraph,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await subgraph[Symbol.asyncDispose]();
    },
  };
}
