import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { buildASTSchema, parse } from 'graphql';
import { printExplanation } from '../../../src/cli/print-explanation.ts';
import { gatewaySettings } from '../../../src/config/gateway-settings.ts';
import { parseYaml } from '../../../src/config/load-yaml.ts';
import type { Caller } from '../../../src/context.ts';
import { type Explanation, explainOperation } from '../../../src/explain/explain-operation.ts';
import {
  type AnyRule,
  allow,
  hasScopes,
  isAuthenticated,
  type RuleMap,
  rule,
} from '../../../src/lib/rules.ts';
import { compileRules } from '../../../src/shield/compile-rules.ts';
import { composeTestSupergraph } from '../../kit/gateway.ts';
import { LINK } from '../../kit/subgraph.ts';

const SDL = `
  type Query { account(id: ID!): Account accounts: [Account!]! item: Item audit: Audit @tag(name: "internal") }
  type Account @key(fields: "id") { id: ID! name: String secret: String @requiresScopes(scopes: [["a:read"]]) }
  interface Item { title: String }
  type Book implements Item { title: String }
  type Film implements Item { title: String }
  type Audit { lines: Int }`;
const MORE = `type Account @key(fields: "id") { id: ID! balance: Int }`;
const supergraphSdl = composeTestSupergraph([
  { name: 'accounts', sdl: LINK + SDL, url: 'http://accounts' },
  { name: 'money', sdl: LINK + MORE, url: 'http://money' },
]);

const own = rule('ownAccount', { kind: 'static', reads: ['userId', 'arguments'] })(
  (_parent, { id }, { caller }) => id === caller.userId,
);
const broken = rule('broken', { kind: 'static', reads: [] })(() => {
  throw new Error('no');
});
const MAP: RuleMap = {
  Query: { '*': allow, account: own },
  Account: { '*': allow, secret: isAuthenticated, balance: hasScopes('b:read') },
  Film: { title: broken as AnyRule },
  Book: allow,
  Audit: allow,
};

function explain(
  text: string,
  caller?: Caller,
  more: { yaml?: string; isOpen?: true } = {},
): Promise<Explanation> {
  const document = parse(supergraphSdl, { noLocation: true });
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  return explainOperation({
    supergraphSdl,
    settings: parseYaml(more.yaml ?? '', 'gateway.yaml', gatewaySettings, {}),
    rules: more.isOpen
      ? undefined
      : compileRules({ document, schema, rules: { file: 'rules.ts', map: MAP, policies: {} } }),
    request: { text, operationName: undefined, variables: {}, isTrusted: false },
    caller,
  });
}

const caller = (scopes: readonly string[], userId?: string): Caller => ({
  tier: 'PRO',
  scopes: new Set(scopes),
  ...(userId === undefined ? {} : { userId }),
});
const ACCOUNTS = '{ accounts { id name hidden: secret ...Money } } fragment Money on Account { balance }';

test('tells which rules guard the fields of an operation, of directives and of the map', async () => {
  const { rules, plan } = await explain(ACCOUNTS);
  assert.deepEqual(rules, {
    caller: undefined,
    guarded: [
      {
        coordinate: 'Account.secret',
        rules: ['hasScopes(a:read)', 'isAuthenticated'],
        paths: ['accounts.hidden'],
      },
      { coordinate: 'Account.balance', rules: ['hasScopes(b:read)'], paths: ['accounts.balance'] },
    ],
    refused: undefined,
  });
  assert.deepEqual(plan.subgraphs, ['accounts', 'money']);
});

test('tells which rule refuses a caller what, where, and plans and costs what is left', async () => {
  const { rules, plan, cost } = await explain(ACCOUNTS, caller(['a:read'], 'u1'));
  assert.deepEqual(rules?.caller, { tier: 'PRO', scopes: ['a:read'], userId: 'u1' });
  assert.deepEqual(rules?.refused, [
    {
      coordinate: 'Account.balance',
      code: 'FORBIDDEN',
      rule: 'hasScopes(b:read)',
      isFault: false,
      paths: ['accounts.balance'],
    },
  ]);
  assert.deepEqual(plan.subgraphs, ['accounts']);
  assert.ok(cost.points <= (await explain(ACCOUNTS)).cost.points);
  assert.deepEqual((await explain(ACCOUNTS, caller(['a:read', 'b:read']))).rules?.refused, []);
});

test('a caller without credentials is told so by code, and nothing below a refused field is listed', async () => {
  const { rules } = await explain('{ account(id: "u1") { secret } accounts { secret } }', {
    tier: 'ANONYMOUS',
    scopes: new Set(),
  });
  assert.deepEqual(
    rules?.refused?.map(({ coordinate, code, rule: name, paths }) => [coordinate, code, name, paths]),
    [
      ['Query.account', 'FORBIDDEN', 'ownAccount', ['account']],
      ['Account.secret', 'UNAUTHENTICATED', 'hasScopes(a:read)', ['accounts.secret']],
    ],
  );
});

test('rules over arguments are asked with them; a rule that fails is told apart', async () => {
  const text = '{ mine: account(id: "u1") { id } theirs: account(id: "u2") { id } item { title } }';
  const { rules } = await explain(text, caller([], 'u1'));
  assert.deepEqual(
    rules?.refused?.map(({ coordinate, paths, isFault }) => [coordinate, paths, isFault]),
    [
      ['Query.account', ['theirs'], false],
      ['Film.title', ['item.title'], true],
    ],
  );
});

test('what a condition leaves out is not listed, and without rules there is no section', async () => {
  const text = '{ accounts { id balance @include(if: false) } }';
  assert.deepEqual((await explain(text)).rules?.guarded, []);
  assert.equal((await explain(text, undefined, { isOpen: true })).rules, undefined);
});

test('a caller is refused what the contract and the caps of the tier refuse', async () => {
  const yaml = 'contract: { excludeTags: [internal] }\nbudgets: { mode: enforce }\n';
  const code = (error: { code?: string; errors?: { code: string }[] }) =>
    error.code ?? error.errors?.[0]?.code;
  await assert.rejects(explain('{ audit { lines } }', caller([]), { yaml }), (error: object) => {
    assert.equal(code(error), 'GRAPHQL_VALIDATION_FAILED');
    return true;
  });
  assert.equal((await explain('{ audit { lines } }', caller(['platform:read']), { yaml })).plan.fetches, 1);
  const wide = `{ ${Array.from({ length: 60 }, (_, index) => `a${index}: item { title }`).join(' ')} }`;
  await assert.rejects(
    explain(
      wide,
      { tier: 'ANONYMOUS', scopes: new Set() },
      { yaml: `${yaml}limits: { aliases: 1000, rootFields: 1000 }\n` },
    ),
    (error: object) => {
      assert.equal(code(error), 'QUERY_TOO_COMPLEX');
      return true;
    },
  );
});

test('prints who is refused what; without a caller the rules with their fields', async () => {
  const text = async (of?: Caller) =>
    stripVTControlCharacters(printExplanation(await explain(ACCOUNTS, of), 80));
  assert.match(
    await text(),
    /\nrules {2}2 guarded fields .*\n {3}hasScopes\(a:read\), isAuthenticated\n {6}Account\.secret\n/,
  );
  assert.match(
    await text(caller(['a:read'], 'u1')),
    /\nrules {2}PRO with a:read for u1: 1 of 2 guarded fields refused\n {3}Account\.balance {2}FORBIDDEN {2}hasScopes\(b:read\)\n {6}at accounts\.balance\n/,
  );
});
