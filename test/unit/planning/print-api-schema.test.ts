import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Supergraph } from '@apollo/federation-internals';
import { buildSchema, getIntrospectionQuery, graphqlSync, lexicographicSortSchema } from 'graphql';
import { printApiSchema } from '../../../src/planning/print-api-schema.ts';
import { plannerSupergraph } from '../../../src/supergraph/planner-supergraph.ts';
import { composeTestSupergraph } from '../../kit/gateway.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible", "@authenticated", "@tag"])\n';

/** All that introspection can tell of a schema, in one subgraph. */
const EVERYTHING = composeTestSupergraph([
  {
    name: 'a',
    url: 'http://127.0.0.1:1/graphql',
    sdl: `${LINK}
      directive @custom(reason: String = "none") on FIELD
      "An instant." scalar Instant @specifiedBy(url: "https://scalars.graphql.org/andimarek/date-time")
      scalar Opaque
      """
      Several lines,
      with a "quote" and \\"""three\\""".
      """
      enum Colour { RED "Not any more." GREEN @deprecated(reason: "Faded.") SECRET @inaccessible }
      input Choice { byId: ID byName: String }
      input Page { first: Int! = 10 @deprecated(reason: "Use last.") after: [Colour!] = [RED] nested: Nested = { depth: 2, note: "a \\"b\\"" } }
      input Nested { depth: Int! = 1 note: String = "none" ratio: Float = 0.5 }
      interface Node { id: ID! }
      interface Named implements Node { id: ID! name: String }
      type Thing implements Named & Node @key(fields: "id") { id: ID! "What it is called." name: String @deprecated at: Instant hidden: Int @inaccessible }
      type Other implements Node @authenticated { id: ID! opaque: Opaque }
      union Either = Thing | Other
      type Query {
        things(
          "Which ones." page: Page = { first: 3 }
          colour: Colour = RED
          old: Int @deprecated(reason: "No use.")
        ): [Either!]! @tag(name: "t")
        choose(by: Choice!): Node
      }
      type Mutation { change(at: Instant = "2026-01-01T00:00:00Z"): Boolean! }
    `,
  },
]);
const OURS = readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8');

const question = getIntrospectionQuery({
  descriptions: true,
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
  oneOf: true,
  schemaDescription: true,
  specifiedByUrl: true,
});

for (const [name, supergraphSdl] of Object.entries({ 'a schema with everything': EVERYTHING, ours: OURS })) {
  test(`${name}: what is built from the text answers introspection as the planner's own schema does`, () => {
    const planners = Supergraph.build(plannerSupergraph(supergraphSdl).sdl).apiSchema().toGraphQLJSSchema();
    const expected = graphqlSync({ schema: lexicographicSortSchema(planners), source: question });
    const schema = buildSchema(printApiSchema(supergraphSdl), { assumeValidSDL: true, assumeValid: true });
    // Sorted as the other one: the order of introspection's own types differs.
    const answer = graphqlSync({ schema: lexicographicSortSchema(schema), source: question });
    assert.equal(answer.errors, undefined);
    assert.deepEqual(answer, expected);
  });
}

test('what is internal or inaccessible is not in it', () => {
  const sdl = printApiSchema(EVERYTHING);
  assert.match(sdl, /"""What it is called\."""\s+name: String @deprecated/);
  assert.doesNotMatch(sdl, /hidden|SECRET|join__|@authenticated|@tag/);
});

test('what is no supergraph is refused', () => {
  assert.throws(() => printApiSchema('type Query { a: Int }'), /supergraph/);
  assert.throws(() => printApiSchema('nonsense {'), { code: 'SUPERGRAPH_INVALID' });
});
