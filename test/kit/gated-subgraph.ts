import { createGate, type Gate } from './gate.ts';
import { createTestSubgraph, type TestSubgraph } from './subgraph.ts';

/** A subgraph whose field `slow` waits at a gate, which is closed at first. */
export type GatedSubgraph = TestSubgraph & { readonly gate: Gate };

/** Starts one; besides `slow`, which comes to `done`, it answers `hello` at once. */
export async function createGatedSubgraph(): Promise<GatedSubgraph> {
  const gate = createGate();
  gate.close();
  const subgraph = await createTestSubgraph({
    name: 'greeting',
    sdl: 'type Query { hello: String  slow: String }',
    resolvers: { Query: { hello: () => 'world', slow: () => gate.pass().then(() => 'done') } },
  });
  return Object.assign(subgraph, { gate });
}
