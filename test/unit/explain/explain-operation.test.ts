import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { printExplanation } from '../../../src/cli/print-explanation.ts';
import { gatewaySettings } from '../../../src/config/gateway-settings.ts';
import { parseYaml } from '../../../src/config/load-yaml.ts';
import { type Explanation, explainOperation } from '../../../src/explain/explain-operation.ts';
import type { FetchExplanation, StepExplanation } from '../../../src/explain/explain-plan.ts';
import { composeTestSupergraph } from '../../kit/gateway.ts';
import { LINK } from '../../kit/subgraph.ts';
import { PORTFOLIO_SDL, PRICE_SDL } from '../../kit/trading-world.ts';

const supergraphSdl = composeTestSupergraph([
  { name: 'portfolio', sdl: LINK + PORTFOLIO_SDL, url: 'http://portfolio' },
  { name: 'price', sdl: LINK + PRICE_SDL, url: 'http://price' },
]);

function explain(text: string, yaml = '', variables: Record<string, unknown> = {}): Promise<Explanation> {
  return explainOperation({
    supergraphSdl,
    settings: parseYaml(yaml, 'gateway.yaml', gatewaySettings, {}),
    rules: undefined,
    request: { text, operationName: undefined, variables, isTrusted: false },
  });
}

function fetchesOf(step: StepExplanation | undefined): readonly FetchExplanation[] {
  if (step === undefined) return [];
  return step.kind === 'fetch' ? [step] : step.steps.flatMap(fetchesOf);
}

const layersOf = ({ sharing }: FetchExplanation) =>
  sharing.filter(({ isShared }) => isShared).map(({ layer }) => layer);
const reasonOf = ({ sharing }: FetchExplanation, layer: number) =>
  sharing.find((verdict) => verdict.layer === layer)?.reason;

const PORTFOLIO = '{ portfolio(id: "2-0") { holdings { value token { price } } total } }';
let portfolio: Explanation;
before(async () => {
  portfolio = await explain(PORTFOLIO);
});

test('tells each fetch: of whom, where, what it needs and asks, for whom', () => {
  const [root, ...lookups] = fetchesOf(portfolio.plan.root);
  assert.deepEqual(
    { ...root, sharing: [] },
    {
      kind: 'fetch',
      number: 1,
      subgraph: 'portfolio',
      operationKind: 'query',
      at: '',
      asks: '{portfolio(id:"2-0"){__typename id holdings{__typename id token{__typename id}}}}',
      needs: undefined,
      variables: [],
      audience: 'caller',
      privateCoordinates: ['Query.portfolio'],
      travelsWith: [],
      sharing: [],
    },
  );
  const token = lookups.find(({ at }) => at === 'portfolio.holdings.@.token');
  assert.equal(token?.needs, '{...on Token{__typename id}}');
  assert.equal(token?.asks, '{...on Token{price}}');
  assert.equal(token?.audience, 'public');
  assert.deepEqual([portfolio.plan.fetches, portfolio.plan.depth], [4, 2]);
  assert.deepEqual(portfolio.plan.subgraphs, ['portfolio', 'price']);
});

test('tells which look-ups of a step travel together: of one subgraph and one audience', () => {
  const lookups = fetchesOf(portfolio.plan.root).slice(1);
  const company = new Map(lookups.map(({ at, travelsWith, number }) => [at, { number, travelsWith }]));
  const [holdings, total] = [company.get('portfolio.holdings.@'), company.get('portfolio')];
  assert.deepEqual(holdings?.travelsWith, [total?.number]);
  assert.deepEqual(total?.travelsWith, [holdings?.number]);
  assert.deepEqual(company.get('portfolio.holdings.@.token')?.travelsWith, []);
});

test('tells which layers each fetch shares, and why not', () => {
  const [root, ...lookups] = fetchesOf(portfolio.plan.root);
  assert.ok(root);
  assert.deepEqual(layersOf(root), [3]);
  assert.equal(reasonOf(root, 4), 'it looks no entities up');
  for (const lookup of lookups) {
    assert.deepEqual(layersOf(lookup), lookup.audience === 'public' ? [1, 2, 3, 4] : [1, 2, 3]);
  }
  const value = lookups.find(({ at }) => at === 'portfolio.holdings.@');
  assert.ok(value);
  assert.equal(reasonOf(value, 4), 'Holding.value is private');
  assert.equal(portfolio.plan.sharing.isShared, true);
});

test('settings that switch a layer off are named', async () => {
  const yaml = 'sharing: { operations: false, requests: false, overrides: { price: { coalesce: false } } }';
  const { plan } = await explain('{ tokens(ids: ["a"]) { price } }', yaml);
  const lookup = fetchesOf(plan.root)[1];
  assert.ok(lookup);
  assert.deepEqual(layersOf(lookup), [1, 2]);
  assert.equal(reasonOf(lookup, 3), 'sharing.requests is off');
  assert.equal(reasonOf(lookup, 4), 'sharing.overrides.price.coalesce is off');
  assert.deepEqual(plan.sharing, { layer: 5, isShared: false, reason: 'sharing.operations is off' });
});

test('nothing of a mutation is shared but within its own requests', async () => {
  const { plan } = await explain('mutation { trade(id: "a") { price } }');
  const [trade, lookup] = fetchesOf(plan.root);
  assert.ok(trade && lookup);
  assert.equal(trade.operationKind, 'mutation');
  assert.deepEqual([layersOf(trade), layersOf(lookup)], [[], [1, 2]]);
  assert.equal(reasonOf(lookup, 4), 'nothing of a mutation is shared');
  assert.equal(plan.sharing.isShared, false);
});

test('conditions are those of the variables, and what the gateway knows itself asks nobody', async () => {
  const query = 'query ($with: Boolean!) { tokens(ids: ["a"]) { id price @include(if: $with) } }';
  assert.equal((await explain(query, '', { with: true })).plan.fetches, 2);
  assert.equal((await explain(query, '', { with: false })).plan.fetches, 1);
  const own = await explain('{ __typename __schema { queryType { name } } }');
  assert.equal(own.plan.root, undefined);
  assert.match(printExplanation(own, 80), /the gateway answers by itself/);
});

test('refuses what a request would be refused for', async () => {
  const refused = [
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{', 'GRAPHQL_PARSE_FAILED'],
    ['query ($id: ID!) { quote(id: $id) }', 'BAD_USER_INPUT'],
  ] as const;
  for (const [text, code] of refused) {
    await assert.rejects(
      explain(text),
      (error: { code?: string; errors?: { code: string }[] }) =>
        (error.code ?? error.errors?.[0]?.code) === code,
    );
  }
});

test('prints a tree that fits the terminal', () => {
  const text = stripVTControlCharacters(printExplanation(portfolio, 60));
  assert.match(text, /^query {2}4 fetches from 2 subgraphs in 2 rounds\n\n/);
  assert.match(text, /├─ 1 {2}portfolio\n│ {5}asks {4}\{ portfolio\(id: "2-0"\)/);
  assert.match(text, /price {2}at portfolio\.holdings\.@ {2}in one request with \d/);
  assert.match(text, /for {5}everybody\n.* shares {2}1 2 3 4/);
  assert.match(text, /not 4: Holding\.value is private/);
  assert.match(text, /\nsharing {2}5 {2}with identical operations/);
  for (const line of text.split('\n').slice(2)) assert.ok(line.length <= 76, line);
});

test('what the gateway answers itself is shared with nobody', async () => {
  const { plan } = await explainOperation({
    supergraphSdl: readFileSync('schema/supergraph.graphql', 'utf8'),
    settings: parseYaml('', 'gateway.yaml', gatewaySettings, {}),
    rules: undefined,
    request: {
      text: '{ rateLimit { available } }',
      operationName: undefined,
      variables: {},
      isTrusted: false,
    },
  });
  const [fetch] = fetchesOf(plan.root);
  assert.deepEqual([fetch?.subgraph, fetch?.audience], ['gateway', 'caller']);
  assert.deepEqual(fetch && layersOf(fetch), []);
  assert.equal(fetch && reasonOf(fetch, 3), 'the gateway answers it, of one request alone');
  assert.deepEqual(
    [plan.sharing.isShared, plan.sharing.reason],
    [false, 'the gateway answers it, of one request alone'],
  );
});
