import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plannerSupergraph } from '../../../src/supergraph/planner-supergraph.ts';
import { composeTestSupergraph } from '../../kit/gateway.ts';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [';

const compose = (imports: string, sdl: string) =>
  composeTestSupergraph([
    { name: 'a', url: 'http://127.0.0.1:1/graphql', sdl: `${LINK}${imports}])\n${sdl}` },
  ]);

test('access directives go, and somebody is told', () => {
  const sdl = compose(
    '"@authenticated", "@requiresScopes"',
    'type Query { open: Int  closed: Int @authenticated  scoped: Int @requiresScopes(scopes: [["a"]]) }',
  );
  assert.match(sdl, /@authenticated/);
  const planner = plannerSupergraph(sdl);
  assert.equal(planner.hasAccessDirectives, true);
  assert.doesNotMatch(planner.sdl, /authenticated|requiresScopes|federation__Scope/);
  assert.match(planner.sdl, /closed: Int/);
});

test('directives that were renamed on import are recognised', () => {
  const planner = plannerSupergraph(
    compose('{ name: "@authenticated", as: "@login" }', 'type Query { open: Int  closed: Int @login }'),
  );
  assert.equal(planner.hasAccessDirectives, true);
  assert.doesNotMatch(planner.sdl, /@login|@authenticated/);
});

test('a supergraph without them stays as it is, to the letter', () => {
  const sdl = compose('"@shareable"', 'type Query { authenticated: Int }');
  assert.deepEqual(plannerSupergraph(sdl), { sdl, hasAccessDirectives: false });
});

test('what is no GraphQL is refused', () => {
  assert.throws(() => plannerSupergraph('type {'), { code: 'SUPERGRAPH_INVALID' });
});
