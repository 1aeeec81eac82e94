import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewaySettings } from '../../../../src/config/gateway-settings.ts';
import {
  checkDocuments,
  type DocumentCheckOptions,
} from '../../../../src/control/documents/check-documents.ts';
import type { KeyRecord } from '../../../../src/snapshot.ts';
import { createTestKey } from '../../../kit/gateway.ts';
import { createTemporaryFolder } from '../../../kit/temporary-folder.ts';

const apiSdl = 'type Query { a(id: ID): T } type T { t: T n: Int } type Subscription { s: Int }';
const settings = gatewaySettings.parse({
  limits: { depth: 2 },
  documents: { trustedLimits: { depth: 3, documentBytes: 200 } },
});
const KEY: KeyRecord = createTestKey({ tier: 'FREE', client: 'web' }).record;
const snapshot = { apiSdl, supergraphSdl: apiSdl, settings, keys: [], open: false };
const check = (text: string, more: Partial<DocumentCheckOptions['snapshot']> = {}) =>
  checkDocuments([{ id: '1', text }], { snapshot: { ...snapshot, ...more }, client: 'web' });
/** Settings under which `{ a { n } }`, which costs a point, is above the tiers that are named. */
const without = (mode: 'enforce' | 'measure', ...tiers: readonly string[]) =>
  gatewaySettings.parse({
    budgets: { mode },
    tiers: Object.fromEntries(tiers.map((tier) => [tier, { operationPoints: 0 }])),
  });
const ALL = ['ANONYMOUS', 'FREE', 'PRO', 'BUSINESS', 'ENTERPRISE'];

test('a good document is told with its name; caps for trusted documents hold, not the general ones', async () => {
  assert.deepEqual(await check('query Deep { a { t { n } } }'), {
    documents: [{ id: '1', text: 'query Deep { a { t { n } } }', name: 'Deep' }],
    costs: [{ id: '1', name: 'Deep', points: 2, mostExpensive: 'a', tiers: ALL }],
    faults: [],
  });
});

const BAD: Readonly<Record<string, readonly [string, RegExp]>> = {
  'an unknown field': ['{ a { x } }', /Cannot query field "x" on type "T".*line 1, column 7/],
  'bad syntax': ['{ a {', /Syntax Error.*line 1/],
  'several operations': ['query A { a { n } } query B { a { n } }', /2 operations/],
  'no operation': ['fragment F on T { n }', /0 operations/],
  'a subscription': ['subscription { s }', /subscriptions/],
  'too deep a nesting': ['{ a { t { t { n } } } }', /4 levels/],
  'too long a text': [`{ a { n } } # ${'x'.repeat(200)}`, /214 bytes/],
};

for (const [name, [text, expected]] of Object.entries(BAD)) {
  test(`${name} is refused`, async () => {
    const { faults } = await check(text);
    assert.equal(faults[0]?.id, '1');
    assert.match(faults[0]?.message ?? '', expected);
  });
}

test('a document above what every tier allows is refused, and the field that costs most is named', async () => {
  const { faults } = await check('{ a { n } }', { settings: without('enforce', ...ALL) });
  assert.deepEqual(
    faults.map(({ message }) => message),
    ['it costs 1 points; the best tier allows 0. The field a costs most.'],
  );
  const allowed = await check('{ a { n } }', { settings: without('enforce', ...ALL.slice(1)) });
  assert.deepEqual([allowed.faults, allowed.costs[0]?.tiers], [[], ['ANONYMOUS']]);
});

test('for a client with keys their tiers count', async () => {
  const free = without('enforce', 'FREE');
  assert.deepEqual((await check('{ a { n } }', { settings: free })).faults, []);
  const { faults } = await check('{ a { n } }', { settings: free, keys: [KEY] });
  assert.match(faults[0]?.message ?? '', /its tiers \(FREE\) allow 0/);
  const rich = without('enforce', 'ENTERPRISE');
  assert.deepEqual((await check('{ a { n } }', { settings: rich, keys: [KEY] })).faults, []);
});

test('where budgets only measure, costs are told and nothing is refused for them; nor with --open', async () => {
  const measured = await check('{ a { n } }', { settings: without('measure', ...ALL) });
  assert.deepEqual([measured.faults, measured.costs[0]?.points], [[], 1]);
  const open = await check('{ a { n } }', { settings: without('enforce', ...ALL), open: true });
  assert.deepEqual(open.faults, []);
});

test('defaults of variables count', async () => {
  const sdl =
    'directive @listSize(slicingArguments: [String!]) on FIELD_DEFINITION type Query { a(n: Int = 3): [T] } type T { n: Int }';
  const sizes = gatewaySettings.parse({});
  const { costs } = await check('query A($n: Int = 7) { a(n: $n) { n } }', {
    apiSdl: sdl,
    supergraphSdl: `schema @link(url: "https://specs.apollo.dev/cost/v0.1") { query: Query } directive @link(url: String) on SCHEMA ${sdl.replace('[T] }', '[T] @listSize(slicingArguments: ["n"]) }').replaceAll('@listSize', '@cost__listSize')}`,
    settings: sizes,
  });
  assert.equal(costs[0]?.points, 7);
});

test('a field that the rules refuse to everybody is refused, one that somebody may see is not', async () => {
  using folder = createTemporaryFolder();
  const library = new URL('../../../../src/lib/rules.ts', import.meta.url).href;
  const file = folder.write(
    'rules.ts',
    `import { allow, and, deny, isAuthenticated } from '${library}';
     export default { Query: { a: isAuthenticated }, T: { t: and(isAuthenticated, deny), n: allow } };`,
  );
  const ruled = { settings: gatewaySettings.parse({ rules: { file } }) };
  assert.deepEqual((await check('{ a { n } }', ruled)).faults, []);
  const { faults } = await check('{ a { t { n } } }', ruled);
  assert.deepEqual(
    faults.map(({ message }) => message),
    ['the rules refuse T.t to everybody (line 1, column 7)'],
  );
  assert.deepEqual((await check('{ a { t { n } } }', { ...ruled, open: true })).faults, []);
});
