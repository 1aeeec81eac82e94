import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTakeovers, type OwnedSubgraph } from '../../../../src/control/registry/find-takeovers.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", {name: "@override", as: "@take"}])\n';

const subgraph = (name: string, sdl: string, owner = name): OwnedSubgraph => ({
  name,
  routingUrl: `http://${name}/`,
  sdl: LINK + sdl,
  owner,
});

const PRICE = subgraph(
  'price',
  'type Token @key(fields: "id") { id: ID! price: Int } type Pair @key(fields: "base { id } quote") { base: Token quote: ID! }',
);

test('contributing fields to an entity by its own key is no takeover', () => {
  const social = subgraph('social', 'type Token @key(fields: "id") { id: ID! volume: Int }');
  assert.deepEqual(findTakeovers(social, [PRICE]), []);
  const pair = subgraph('pairs', 'type Pair @key(fields: "quote, base{id}") { quote: ID! }');
  assert.deepEqual(findTakeovers(pair, [PRICE]), []);
});

test('a new key to an entity of another team is one, whoever is told', () => {
  const news = subgraph('news', 'type Token @key(fields: "symbol") { symbol: String! }');
  const [reason] = findTakeovers(news, [PRICE]);
  assert.match(reason ?? '', /"Token" is an entity of price \(price\).*"news".*"symbol"/);
  assert.deepEqual(findTakeovers({ ...news, owner: 'price' }, [PRICE]), []);
});

test('@override of a field of another team is one, under whatever name it is imported', () => {
  const news = subgraph('news', 'type Token @key(fields: "id") { id: ID! price: Int @take(from: "price") }');
  assert.match(findTakeovers(news, [PRICE])[0] ?? '', /"Token\.price" is a field of price/);
  assert.deepEqual(findTakeovers({ ...news, owner: 'price' }, [PRICE]), []);
});

test('a subgraph of another team cannot be published under a new owner', () => {
  const [reason] = findTakeovers({ ...PRICE, owner: 'news' }, [PRICE]);
  assert.match(reason ?? '', /"price" belongs to price, not to news/);
});
