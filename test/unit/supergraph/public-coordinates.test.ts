import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildASTSchema, parse } from 'graphql';
import { readPublicCoordinates } from '../../../src/supergraph/public-coordinates.ts';
import { composeTestSupergraph } from '../../kit/gateway.ts';

const SDL = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
    import: ["@key", { name: "@authenticated", as: "@login" }, "@requiresScopes"])
  type Query { open: Open  me: User  node: Node  secret: Secret  scoped: Int @requiresScopes(scopes: [["a"]]) }
  type Open { id: ID!  name: String  hidden: Int @login }
  type User @login { id: ID! }
  interface Node { id: ID!  title: String }
  type Article implements Node { id: ID!  title: String }
  type Draft implements Node { id: ID!  title: String @login }
  scalar Secret @login`;

function read() {
  const document = parse(composeTestSupergraph([{ name: 'a', url: 'http://127.0.0.1:1/graphql', sdl: SDL }]));
  return readPublicCoordinates(document, buildASTSchema(document, { assumeValidSDL: true }));
}

test('a field is public unless it, its type or what it returns has an access directive', () => {
  const coordinates = read();
  const publicity = [
    ['Query', 'open', true],
    ['Open', 'name', true],
    ['Query', '__typename', true],
    ['Open', 'hidden', false],
    ['User', 'id', false],
    ['Query', 'me', false],
    ['Query', 'scoped', false],
    ['Query', 'secret', false],
  ] as const;
  for (const [type, field, expected] of publicity) {
    assert.equal(coordinates.isPublicField(type, field), expected, `${type}.${field}`);
  }
  assert.equal(coordinates.isPublicType('User'), false);
  assert.equal(coordinates.isPublicType('Open'), true);
});

test('a field of an interface is public only where all of its types have it open', () => {
  const coordinates = read();
  assert.equal(coordinates.isPublicField('Node', 'id'), true);
  assert.equal(coordinates.isPublicField('Node', 'title'), false);
  assert.equal(coordinates.isPublicField('Article', 'title'), true);
});
