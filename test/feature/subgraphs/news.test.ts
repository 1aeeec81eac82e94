import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { defineNews } from '../../../subgraphs/news/define-news.ts';
import type { FeedItem } from '../../../subgraphs/news/ingest/normalise-item.ts';
import type { NewsRecording } from '../../../subgraphs/news/load-recording.ts';
import type { SubgraphSettings } from '../../../subgraphs/shared/settings.ts';
import { startNews, startReadyNews } from '../../kit/news-server.ts';
import type { TestClaims } from '../../kit/trust.ts';

const item = (publishedAt: string, title: string, more: Partial<FeedItem> = {}): FeedItem => ({
  publishedAt,
  sourceId: 'desk',
  title,
  url: `https://desk.example/${encodeURIComponent(title)}`,
  language: 'en',
  ...more,
});

/** Ten articles, the last of which lies in the future of the fixed clock (2026-08-08T00:00:00Z). */
const WRITTEN: NewsRecording = {
  sources: [
    { id: 'desk', name: 'The Desk', homepage: 'https://desk.example/', language: 'en', reliability: 0.5 },
    { id: 'wire', name: 'The Wire', homepage: 'https://wire.example/', language: 'de', reliability: null },
  ],
  items: [
    item('2026-08-01T08:00:00Z', 'Bitcoin rallies to a record'),
    item('2026-08-01T09:00:00Z', 'Press Release: Bitcoin Rallies to a Record', { sourceId: 'wire' }),
    item('2026-08-02T08:00:00Z', 'Exchange hacked, ether stolen'),
    item('2026-08-03T08:00:00Z', 'A date is near for the one committee'),
    item('2026-08-04T08:00:00Z', '<b>Ethereum</b> &amp; Bitcoin <script>alert(1)</script>reviewed'),
    item('2026-08-05T08:00:00Z', 'Bitcoin im Aufwind', { sourceId: 'wire', language: 'de-AT' }),
    item('2026-08-06T08:00:00Z', 'Rules for custody', { summary: 'The paper names $NEAR in passing.' }),
    item('2026-08-07T08:00:00Z', 'Bitcoin plunges after exchange hack'),
    item('2026-08-07T08:00:00Z', 'Committee meets'),
    item('2026-08-08T00:00:01Z', 'Bitcoin tomorrow'),
  ],
};

test('serves the recorded headlines newest first, with sources, without markup, each on https', async (t) => {
  const { ask } = await startReadyNews(t);
  const { data, errors } = await ask(`{
    newsSources { id name homepage language reliability }
    news(first: 50) { nodes { id title url publishedAt firstSeenAt summary imageUrl authors language duplicateCount
      source { id } sentiment { score label confidence } mentions { token { id } } } pageInfo { hasNextPage endCursor } }
  }`);
  assert.deepEqual(errors, []);
  assert.equal(data.newsSources.length, 10);
  const sourceIds = new Set(data.newsSources.map((source: { id: string }) => source.id));
  const { nodes } = data.news;
  assert.equal(nodes.length, 50);
  assert.equal(data.news.pageInfo.hasNextPage, true);
  assert.equal(
    nodes[0].title,
    'Treasury Sanctions Crypto Exchanges Funding Iran’s IRGC and Enabling Illicit Finance',
  );
  assert.equal(nodes[0].publishedAt, '2026-08-07T17:30:00Z');
  for (const [i, node] of nodes.entries()) {
    assert.match(node.id, /^news_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    assert.match(node.url, /^https:\/\//);
    assert.ok(sourceIds.has(node.source.id));
    assert.equal(node.firstSeenAt, node.publishedAt);
    assert.ok(i === 0 || nodes[i - 1].publishedAt >= node.publishedAt);
  }
  const folded = nodes.find((node: { title: string }) => node.title.startsWith('Agencies Clarify'));
  assert.equal(folded.duplicateCount, 3);
});

test('pages through all articles without gap or repeat, and nodes equals edges { node }', async (t) => {
  const { ask } = await startReadyNews(t);
  const seen: string[] = [];
  let after: string | null = null;
  let pages = 0;
  do {
    const { data, errors } = await ask(
      `query ($after: String) { news(first: 9, after: $after) {
        edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      { after },
    );
    assert.deepEqual(errors, []);
    const { edges, nodes, pageInfo } = data.news;
    assert.deepEqual(
      nodes,
      edges.map((edge: { node: unknown }) => edge.node),
    );
    assert.equal(pageInfo.hasPreviousPage, after !== null);
    assert.equal(pageInfo.startCursor, edges[0].cursor);
    seen.push(...nodes.map((node: { id: string }) => node.id));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    pages += 1;
  } while (after !== null);
  assert.equal(pages, 7);
  assert.equal(seen.length, 62);
  assert.equal(new Set(seen).size, 62);
});

test('names the tokens of an article with ticker and name, and mistakes no word for a ticker', async (t) => {
  const { ask } = await startReadyNews(t, { recording: WRITTEN });
  const { data } = await ask(
    '{ news(first: 50) { nodes { title mentions { relevance token { id symbol name } sentiment { label } } } } }',
  );
  const byTitle = new Map<string, { relevance: number; token: { id: string } }[]>(
    data.news.nodes.map((node: { title: string; mentions: [] }) => [node.title, node.mentions]),
  );
  assert.deepEqual(byTitle.get('Bitcoin plunges after exchange hack'), [
    {
      relevance: 1,
      token: { id: 'bitcoin', symbol: 'BTC', name: 'Bitcoin' },
      sentiment: { label: 'NEGATIVE' },
    },
  ]);
  assert.deepEqual(byTitle.get('A date is near for the one committee'), []);
  assert.deepEqual(
    byTitle.get('Ethereum & Bitcoin reviewed')?.map(({ token, relevance }) => [token.id, relevance]),
    [
      ['bitcoin', 0.5],
      ['ethereum', 0.5],
    ],
  );
  assert.deepEqual(
    byTitle.get('Rules for custody')?.map(({ token, relevance }) => [token.id, relevance]),
    [['near', 0.5]],
  );
  assert.ok(!byTitle.has('Bitcoin tomorrow'), 'an article of the future is not out yet');
});

test('filters by token, topic, source, language, tone and time; all conditions must hold', async (t) => {
  const { ask } = await startReadyNews(t, { recording: WRITTEN });
  const titles = async (filter: Record<string, unknown>) => {
    const { data, errors } = await ask(
      'query ($filter: NewsFilter) { news(first: 50, filter: $filter) { nodes { title } } }',
      { filter },
    );
    assert.deepEqual(errors, []);
    return data.news.nodes.map((node: { title: string }) => node.title);
  };
  assert.deepEqual(await titles({ tokenIds: ['ethereum', 'near'] }), [
    'Rules for custody',
    'Ethereum & Bitcoin reviewed',
    'Exchange hacked, ether stolen',
  ]);
  assert.deepEqual(await titles({ tokenIds: [] }), []);
  assert.deepEqual(await titles({ tokenIds: ['unknown'] }), []);
  assert.deepEqual(await titles({ topics: ['SECURITY'] }), [
    'Bitcoin plunges after exchange hack',
    'Exchange hacked, ether stolen',
  ]);
  assert.deepEqual(await titles({ topics: ['MARKETS', 'DEFI'], tokenIds: ['bitcoin'] }), [
    'Bitcoin plunges after exchange hack',
    'Bitcoin rallies to a record',
  ]);
  assert.deepEqual(await titles({ topics: [] }), []);
  assert.deepEqual(await titles({ languages: ['DE'] }), ['Bitcoin im Aufwind']);
  assert.deepEqual(await titles({ sourceIds: ['wire'], tokenIds: ['ethereum'] }), []);
  assert.deepEqual(await titles({ sentiment: 'POSITIVE', tokenIds: ['bitcoin'] }), [
    'Bitcoin rallies to a record',
  ]);
  assert.deepEqual(
    await titles({ publishedFrom: '2026-08-03T08:00:00Z', publishedBefore: '2026-08-05T08:00:00Z' }),
    ['Ethereum & Bitcoin reviewed', 'A date is near for the one committee'],
  );
});

test('folds a story of two sources into the earlier article', async (t) => {
  const { ask } = await startReadyNews(t, { recording: WRITTEN });
  const { data } = await ask('{ searchNews(query: "rallies record") { id duplicateCount source { id } } }');
  assert.equal(data.searchNews.length, 1);
  assert.equal(data.searchNews[0].duplicateCount, 1);
  assert.equal(data.searchNews[0].source.id, 'desk');
  const { data: again } = await ask('query ($id: ID!) { newsArticle(id: $id) { id } }', {
    id: data.searchNews[0].id,
  });
  assert.equal(again.newsArticle.id, data.searchNews[0].id);
});

test('sums up the tone towards a token, with the change to the span before', async (t) => {
  const { ask } = await startReadyNews(t, { recording: WRITTEN });
  const { data, errors } = await ask(
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Token { id
      day: newsSentiment { score articleCount positiveCount negativeCount change }
      week: newsSentiment(window: ONE_WEEK) { score articleCount positiveCount negativeCount change } } } }`,
    { of: ['bitcoin', 'near', 'nowhere'].map((id) => ({ __typename: 'Token', id })) },
  );
  assert.deepEqual(errors, []);
  const [bitcoin, near, nowhere] = data._entities;
  assert.equal(bitcoin.day.articleCount, 1);
  assert.equal(bitcoin.day.negativeCount, 1);
  assert.ok(bitcoin.day.score < -0.2);
  assert.equal(bitcoin.day.change, null, 'the day before has no article of a known language');
  assert.equal(bitcoin.week.articleCount, 3, 'the German article has no tone and does not go in');
  assert.equal(bitcoin.week.positiveCount, 1);
  assert.equal(near.week.articleCount, 1);
  assert.deepEqual(nowhere.week, {
    score: null,
    articleCount: 0,
    positiveCount: 0,
    negativeCount: 0,
    change: null,
  });
});

test('lists news of a portfolio for callers with the scope alone', async (t) => {
  const { ask } = await startReadyNews(t, { recording: WRITTEN });
  const query = `query ($of: [_Any!]!, $tone: SentimentLabel) { _entities(representations: $of) { ... on Portfolio {
    id news(first: 50, sentiment: $tone) { nodes { title } } } } }`;
  const of = [
    {
      __typename: 'Portfolio',
      id: 'pf_1',
      positions: ['ethereum', 'near', 'ethereum'].map((id) => ({
        quantity: '1',
        token: { __typename: 'Token', id },
      })),
    },
  ];
  const owner: TestClaims = { userId: 'user_1', tier: 'FREE', scopes: ['portfolio:read'] };
  const { data, errors } = await ask(query, { of }, owner);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    data._entities[0].news.nodes.map((node: { title: string }) => node.title),
    ['Rules for custody', 'Ethereum & Bitcoin reviewed', 'Exchange hacked, ether stolen'],
  );
  const toned = await ask(query, { of, tone: 'NEGATIVE' }, owner);
  assert.deepEqual(toned.data._entities[0].news.nodes, [{ title: 'Exchange hacked, ether stolen' }]);

  const anonymous = await ask(query, { of });
  assert.equal(anonymous.errors[0]?.extensions?.code, 'UNAUTHENTICATED');
  const scopeless = await ask(query, { of }, { ...owner, scopes: ['market:read'] });
  assert.equal(scopeless.errors[0]?.extensions?.code, 'FORBIDDEN');
});

test('refuses arguments out of range, and answers null for unknown ids', async (t) => {
  const { ask } = await startReadyNews(t, { recording: WRITTEN });
  const tooMany = JSON.stringify(Array.from({ length: 101 }, (_, i) => `t${i}`));
  for (const field of [
    'news(first: 0) { nodes { id } }',
    'news(first: -1) { nodes { id } }',
    'news(first: 1000000000) { nodes { id } }',
    'news(after: "made up") { nodes { id } }',
    `news(filter: { tokenIds: ${tooMany} }) { nodes { id } }`,
    'searchNews(query: "b") { id }',
    'searchNews(query: "  b  ") { id }',
    `searchNews(query: "${'b'.repeat(201)}") { id }`,
    'searchNews(query: "bitcoin", first: 51) { id }',
  ]) {
    const { errors } = await ask(`{ ${field} }`);
    assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT', field);
  }
  const { data, errors } = await ask(
    `query ($of: [_Any!]!) { newsArticle(id: "news_unknown") { id } _entities(representations: $of) { __typename } }`,
    {
      of: [
        { __typename: 'NewsArticle', id: 'news_unknown' },
        { __typename: 'NewsSource', id: 'desk' },
        { __typename: 'NewsSource', id: 'unknown' },
      ],
    },
  );
  assert.deepEqual(errors, []);
  assert.deepEqual(data, { newsArticle: null, _entities: [null, { __typename: 'NewsSource' }, null] });
});

test('a cursor of one list is refused by another', async (t) => {
  const { ask } = await startReadyNews(t, { recording: WRITTEN });
  const { data } = await ask('{ news(first: 1) { pageInfo { endCursor } } }');
  const { errors } = await ask(
    `query ($of: [_Any!]!, $after: String) { _entities(representations: $of) { ... on Token { news(after: $after) { nodes { id } } } } }`,
    { of: [{ __typename: 'Token', id: 'bitcoin' }], after: data.news.pageInfo.endCursor },
  );
  assert.equal(errors[0]?.extensions?.code, 'BAD_USER_INPUT');
});

test('moves the recording to the present in mode shift; ids and cursors outlive the move', async (t) => {
  let now = Date.parse('2026-11-22T12:00:00Z');
  const { ask } = await startReadyNews(
    t,
    { recording: WRITTEN, systemNow: () => now },
    { clockMode: 'shift' },
  );
  const page = (after?: string) =>
    ask(
      'query ($after: String) { news(first: 3, after: $after) { nodes { id title publishedAt } pageInfo { endCursor } } }',
      { after },
    );
  const first = (await page()).data.news;
  assert.equal(first.nodes[0].publishedAt, '2026-11-22T08:00:00Z', 'the last recorded day is today');
  const second = (await page(first.pageInfo.endCursor)).data.news;

  now += 86_400_000;
  const moved = (await page(first.pageInfo.endCursor)).data.news;
  assert.deepEqual(
    moved.nodes.map((node: { id: string }) => node.id),
    second.nodes.map((node: { id: string }) => node.id),
  );
  assert.notEqual(moved.nodes[0].publishedAt, second.nodes[0].publishedAt);
});

test('lets articles come out one after the other in mode loop, duplicates included', async (t) => {
  const startedAt = Date.parse('2026-11-22T12:00:00Z');
  let now = startedAt;
  const { ask } = await startReadyNews(
    t,
    { recording: WRITTEN, systemNow: () => now },
    { clockMode: 'loop' },
  );
  const out = async () =>
    (await ask('{ news(first: 50) { nodes { title duplicateCount } } }')).data.news.nodes as unknown[];
  assert.deepEqual(await out(), [], 'the last seven days begin before the first article');
  now = startedAt + 8.5 * 3_600_000;
  assert.deepEqual(await out(), [{ title: 'Bitcoin rallies to a record', duplicateCount: 0 }]);
  now = startedAt + 9 * 3_600_000;
  assert.deepEqual(await out(), [{ title: 'Bitcoin rallies to a record', duplicateCount: 1 }]);
  now = startedAt + 7 * 86_400_000;
  assert.deepEqual(await out(), [], 'the loop begins anew');
});

test('is not ready, and invents no empty mentions, until the registry of tokens came', async (t) => {
  const { subgraph, ask, price } = await startNews(t, {}, { priceUrl: 'http://127.0.0.1:9' });
  const health = await fetch(new URL('/health', subgraph.url));
  assert.equal(health.status, 503);
  assert.match(((await health.json()) as { reason: string }).reason, /registry of tokens/);
  const { errors } = await ask('{ news { nodes { id } } }');
  assert.equal(errors[0]?.extensions?.code, 'INTERNAL_SERVER_ERROR');
  assert.deepEqual(price.paths, []);
});

test('is ready once the registry came, and reads nothing else from the price subgraph', async (t) => {
  const { subgraph, price, ask } = await startReadyNews(t);
  assert.equal((await fetch(new URL('/health', subgraph.url))).status, 200);
  await ask('{ news { nodes { mentions { token { id symbol name } } } } }');
  assert.deepEqual(price.paths, ['/internal/tokens']);
});

test('refuses to start without its own key', async () => {
  await assert.rejects(
    defineNews({ serviceKeyFile: undefined } as SubgraphSettings, pino({ level: 'silent' })),
    /SERVICE_KEY: expected the file/,
  );
});
