import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildASTSchema, parse } from 'graphql';
import { rule as unmarkedRule } from '../../../src/lib/graphql-shield.ts';
import { allow, and, deny, hasScopes, isAuthenticated, type RuleMap, rule } from '../../../src/lib/rules.ts';
import { checkProtectedInputs } from '../../../src/shield/check-protected-inputs.ts';
import { loadRules } from '../../../src/shield/load-rules.ts';
import { readFieldInputs } from '../../../src/supergraph/field-inputs.ts';
import { compileTestRules } from '../../kit/rules.ts';

const SDL = `
  type Query { item: Item secret: String @authenticated node: Node }
  interface Node { id: ID! label: String }
  interface Lonely { id: ID! }
  type Item implements Node { id: ID! label: String price: Int @requiresScopes(scopes: [["a", "b"], ["c"]]) }
  type Note implements Node @policy(policies: [["staff"]]) { id: ID! label: String }
  union Any = Item | Note
  enum Kind { A }
  type Hidden @inaccessible { id: ID! }
`;
const data = rule('owner', { kind: 'data' })(() => true);

function rulesOf(map: RuleMap | undefined, coordinate: string, policies = { staff: allow }): string[] {
  const [typeName = '', fieldName = ''] = coordinate.split('.');
  return (
    compileTestRules(SDL, map, policies)
      .guardOf(typeName, fieldName)
      ?.rules.map(({ name }) => name) ?? []
  );
}

test('directives and rules both hold; without a map directives alone', () => {
  assert.deepEqual(rulesOf({ Query: { secret: hasScopes('x') } }, 'Query.secret'), [
    'isAuthenticated',
    'hasScopes(x)',
  ]);
  assert.deepEqual(rulesOf({ Item: allow }, 'Item.price'), ['hasScopes(a+b | c)']);
  assert.deepEqual(rulesOf(undefined, 'Query.secret'), ['isAuthenticated']);
  assert.deepEqual(rulesOf(undefined, 'Query.item'), []);
  assert.deepEqual(rulesOf(undefined, 'Note.id'), ['deny'], 'nobody defines the policy');
});

test('what neither names is refused, and said; "*" covers what a type does not name', () => {
  const map = { Query: { item: allow }, Item: { '*': isAuthenticated, label: allow } };
  assert.deepEqual(rulesOf(map, 'Query.node'), ['deny']);
  assert.deepEqual(rulesOf(map, 'Item.id'), ['isAuthenticated']);
  assert.deepEqual(rulesOf(map, 'Item.label'), []);
  const { unnamed } = compileTestRules(SDL, map, { staff: allow });
  assert.deepEqual(unnamed, ['Query.node'], 'nothing is said of what clients cannot ask for');
});

test('a rule of an interface holds for every type that implements it', () => {
  const map = {
    Query: allow,
    Node: { label: hasScopes('x') },
    Item: { '*': allow, label: isAuthenticated },
    Note: allow,
  };
  assert.deepEqual(rulesOf(map, 'Item.label'), ['isAuthenticated', 'hasScopes(x)']);
  assert.deepEqual(rulesOf(map, 'Note.label').at(-1), 'hasScopes(x)');
  assert.deepEqual(rulesOf(map, 'Item.id'), []);
});

test('directives that composition merged into an interface hold where they came from alone', () => {
  const merged = `type Query { node: Node } interface Node @authenticated { id: ID! }
    type A implements Node @authenticated { id: ID! } type B implements Node { id: ID! }`;
  const rules = compileTestRules(merged, undefined);
  assert.equal(rules.guardOf('B', 'id'), undefined);
  assert.equal(rules.guardOf('A', 'id')?.rules.length, 1);
  const declared = merged.replace('Node @authenticated { id: ID! } type B', 'Node { id: ID! } type B');
  assert.equal(compileTestRules(declared, undefined).guardOf('B', 'id')?.rules.length, 1);
});

test('everything that is wrong with a map is told at once, with the nearest name', () => {
  const map = {
    Itme: allow,
    Item: { prise: deny, label: data, id: unmarkedRule('plain')(() => true) },
    Lonely: deny,
    Any: deny,
    Kind: deny,
    Note: 'allow',
    Query: { item: undefined },
    __Schema: deny,
  } as unknown as RuleMap;
  assert.throws(
    () => compileTestRules(SDL, map, {}),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'RULES_INVALID');
      assert.deepEqual(error.message.split('\n  '), [
        'rules.ts:',
        'there is no type "Itme"; did you mean "Item"?',
        'there is no field "Item.prise"; did you mean "price"?',
        'Item.label: the rule "owner" needs data; only the subgraph that has it can enforce it',
        'Item.id: the rule "plain" is not marked: make it with rule(name, { kind: \'static\' })',
        'no type implements the interface "Lonely", so its rule guards nothing',
        'the union "Any" has no fields: name its members (Item, Note)',
        '"Kind" has no fields: rules guard fields of object types and interfaces',
        'Note: expected a rule or an object of rules, found a string',
        'Query.item: expected a rule, found undefined',
        'there is no type "__Schema"',
        'Note.id asks for the policy "staff", which "policies" does not define',
      ]);
      return true;
    },
  );
});

test('a rules file that is missing, does not run or exports something else is refused with its name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
  const load = (text: string) => {
    writeFileSync(join(folder, 'rules.ts'), text);
    return loadRules(join(folder, 'rules.ts'));
  };
  await assert.rejects(loadRules(join(folder, 'none.ts')), { code: 'CONFIG_NOT_FOUND' });
  for (const text of [
    'export default 5;',
    'throw new Error("no");',
    'this is not a module',
    'export default {}; export const policies = { a: 1 };',
  ])
    await assert.rejects(load(text), { code: 'RULES_INVALID', message: /rules\.ts:/ });
  assert.deepEqual((await load('export default {};')).map, {});
  // A changed file is read anew.
  assert.deepEqual((await load('export default { A: {} };')).map, { A: {} });
  rmSync(folder, { recursive: true });
});

const JOINED = (inputRule: string, askingRule: string) => `
  type Query @join__type(graph: A) @join__type(graph: B) { item: Item }
  type Item @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
    id: ID!
    weight: Int @join__field(graph: A) @join__field(graph: B, external: true) ${inputRule}
    shipping: Int @join__field(graph: B, requires: "weight") ${askingRule}
  }`;

function checkInputs(sdl: string, map?: RuleMap): void {
  const document = parse(sdl);
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  checkProtectedInputs(readFieldInputs(document, schema), compileTestRules(sdl, map));
}

test('a field that reads protected values must have their rule', () => {
  const scopes = (...sets: string[][]) => `@requiresScopes(scopes: ${JSON.stringify(sets)})`;
  checkInputs(JOINED('', ''));
  checkInputs(JOINED('@authenticated', scopes(['a'])));
  checkInputs(JOINED(scopes(['a'], ['b']), scopes(['a', 'c'])));
  for (const [input, asking] of [
    ['@authenticated', ''],
    [scopes(['a']), '@authenticated'],
    [scopes(['a']), scopes(['a'], ['b'])],
    [scopes(['a', 'b']), scopes(['a'])],
  ] as const) {
    assert.throws(() => checkInputs(JOINED(input, asking)), {
      code: 'PROTECTED_INPUT_UNCOVERED',
      message:
        /^Item\.shipping @requires\(fields: "weight"\) reads Item\.weight, whose rule it does not have: /,
    });
  }
  const own = rule('own', { kind: 'static' })(() => true);
  checkInputs(JOINED('', ''), {
    Query: allow,
    Item: { '*': allow, weight: own, shipping: and(isAuthenticated, own) },
  });
  checkInputs(JOINED('', ''), {
    Query: allow,
    Item: { '*': allow, weight: and(isAuthenticated, own), shipping: and(hasScopes('a'), own) },
  });
  assert.throws(() => checkInputs(JOINED('', ''), { Query: allow, Item: { '*': allow, weight: own } }), {
    code: 'PROTECTED_INPUT_UNCOVERED',
  });
  assert.throws(() => checkInputs(JOINED('', ''), { Query: allow, Item: { '*': allow, id: own } }), {
    message: /Item\.weight @key\(fields: "id"\) reads Item\.id/,
  });
});
