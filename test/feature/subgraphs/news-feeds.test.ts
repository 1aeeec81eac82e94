import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { FeedSettings } from '../../../subgraphs/news/feeds/feed-settings.ts';
import type { NewsRecording } from '../../../subgraphs/news/load-recording.ts';
import type { SubgraphSettings } from '../../../subgraphs/shared/settings.ts';
import { type FeedServer, rss, startFeedServer } from '../../kit/feed-server.ts';
import { startReadyNews } from '../../kit/news-server.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import type { TestClaims } from '../../kit/trust.ts';

const NOTHING_RECORDED: NewsRecording = { sources: [], items: [] };
const OPERATOR: TestClaims = { accountId: 'a1', tier: 'BUSINESS', scopes: ['platform:write'] };
const MINUTE_MS = 60_000;

const feedOf = (server: FeedServer, id: string): FeedSettings => ({
  id,
  name: `Feed ${id}`,
  homepage: 'https://feeds.example/',
  feedUrl: `${server.origin}/${id}`,
  language: 'en',
  reliability: null,
  intervalMs: 60 * MINUTE_MS,
});

interface FeedTestOptions {
  readonly recording?: NewsRecording;
  readonly settings?: Partial<SubgraphSettings>;
  readonly startedAt?: string;
}

/** A news subgraph that reads these feeds of the server, on a clock that the test moves. */
async function startWithFeeds(
  t: TestContext,
  server: FeedServer,
  ids: readonly string[],
  { recording = NOTHING_RECORDED, settings = {}, startedAt = '2026-11-22T12:00:00Z' }: FeedTestOptions = {},
) {
  let nowMs = Date.parse(startedAt);
  const news = await startReadyNews(
    t,
    { recording, feeds: ids.map((id) => feedOf(server, id)), systemNow: () => nowMs },
    { clockMode: 'shift', ...settings },
  );
  return {
    ...news,
    moveOn: (byMs: number) => {
      nowMs += byMs;
    },
    async articles() {
      const { data, errors } = await news.ask(
        `{ news(first: 50) { nodes { id title summary url imageUrl authors publishedAt firstSeenAt duplicateCount
          topics source { id } mentions { token { id } } sentiment { label } } } }`,
      );
      assert.deepEqual(errors, []);
      return data.news.nodes;
    },
    async refresh(id: string, claims = OPERATOR) {
      const { data, errors } = await news.ask(
        'mutation ($id: ID!) { refreshNewsSource(id: $id) { source { id name } outcome newArticleCount } }',
        { id },
        claims,
      );
      assert.deepEqual(errors, []);
      return data.refreshNewsSource;
    },
  };
}

const bitcoin = {
  title: 'Bitcoin price plunges',
  link: 'https://feeds.example/a?utm_source=rss',
  date: 'Sun, 22 Nov 2026 10:00:00 GMT',
};

test('puts RSS and Atom through the pipeline of recorded articles', async (t) => {
  await using server = await startFeedServer();
  server.serve('/wire', rss([bitcoin]));
  server.serve(
    '/desk',
    `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://desk.example/x/"><title>D</title><id>d</id>
    <entry><id>1</id><title type="html">Ether &amp;amp; &lt;b&gt;staking&lt;/b&gt;</title><link rel="self" href="/self"/><link href="b"/>
    <published>2026-11-22T11:00:00+01:00</published><author><name>A. Writer</name></author><summary>In short.</summary></entry></feed>`,
  );
  const news = await startWithFeeds(t, server, ['wire', 'desk']);
  await news.logged('read a feed', 2);
  const [first, second] = (await news.articles()).toSorted((a: { url: string }, b: { url: string }) =>
    a.url < b.url ? -1 : 1,
  );
  assert.deepEqual(
    { ...first, id: '' },
    {
      id: '',
      title: 'Ether & staking',
      summary: 'In short.',
      url: 'https://desk.example/x/b',
      imageUrl: null,
      authors: ['A. Writer'],
      publishedAt: '2026-11-22T10:00:00Z',
      firstSeenAt: '2026-11-22T12:00:00Z',
      duplicateCount: 0,
      topics: ['DEFI'],
      source: { id: 'desk' },
      mentions: [{ token: { id: 'ethereum' } }],
      sentiment: { label: 'NEUTRAL' },
    },
  );
  assert.equal(second.url, 'https://feeds.example/a');
  assert.deepEqual(second.mentions, [{ token: { id: 'bitcoin' } }]);
  const { data } = await news.ask(
    '{ newsSources { id name homepage } searchNews(query: "staking") { title } }',
  );
  assert.deepEqual(data.newsSources, [
    { id: 'wire', name: 'Feed wire', homepage: 'https://feeds.example/' },
    { id: 'desk', name: 'Feed desk', homepage: 'https://feeds.example/' },
  ]);
  assert.deepEqual(data.searchNews, [{ title: 'Ether & staking' }]);
});

test('serves no article twice: not over reads, sources, or beside the recording', async (t) => {
  await using server = await startFeedServer();
  const recording: NewsRecording = {
    sources: [
      {
        id: 'office',
        name: 'Office',
        homepage: 'https://office.example/',
        language: 'en',
        reliability: null,
      },
    ],
    items: [
      {
        publishedAt: '2026-08-06T08:00:00Z',
        sourceId: 'office',
        title: 'Office proposes a rule on custody',
        url: 'https://office.example/rule',
        language: 'en',
      },
    ],
  };
  const rule = { title: 'Office proposes a rule on custody', date: 'Thu, 06 Aug 2026 08:00:00 GMT' };
  server.serve('/wire', rss([bitcoin, { ...rule, link: 'https://www.office.example/rule/' }]));
  server.serve(
    '/copy',
    rss([
      { ...bitcoin, link: 'https://copy.example/b' },
      { ...rule, title: 'UPDATE: Office Proposes a Rule on Custody', link: 'https://copy.example/rule' },
    ]),
  );
  const news = await startWithFeeds(t, server, ['wire', 'copy'], { recording });
  await news.logged('read a feed', 2);
  news.moveOn(2 * MINUTE_MS);
  const before = await news.articles();
  assert.deepEqual(await news.refresh('wire'), {
    source: { id: 'wire', name: 'Feed wire' },
    outcome: 'READ',
    newArticleCount: 0,
  });
  assert.equal(server.count('/wire'), 2);
  assert.deepEqual(await news.articles(), before);
  assert.deepEqual(
    before.map(({ title, duplicateCount }: { title: string; duplicateCount: number }) => [
      title,
      duplicateCount,
    ]),
    [
      ['Bitcoin price plunges', 1],
      ['Office proposes a rule on custody', 1],
    ],
  );
});

test('reads a feed on demand: counts what is new, together for all who ask, at most once a minute', async (t) => {
  await using server = await startFeedServer();
  const answering = Promise.withResolvers<void>();
  server.serve('/wire', rss([bitcoin]));
  const news = await startWithFeeds(t, server, ['wire']);
  await news.logged('read a feed');
  assert.equal((await news.refresh('wire')).outcome, 'TOO_SOON');
  assert.equal(server.count('/wire'), 1);

  news.moveOn(MINUTE_MS);
  const more = rss([bitcoin, { title: 'Committee meets', link: 'https://feeds.example/c' }]);
  server.serve('/wire', (_request, response) => void answering.promise.then(() => response.end(more)));
  const asking = Array.from({ length: 5 }, () => news.refresh('wire'));
  answering.resolve();
  const outcomes = await Promise.all(asking);
  assert.equal(server.count('/wire'), 2);
  assert.ok(outcomes.every(({ outcome }) => outcome === 'READ' || outcome === 'TOO_SOON'));
  assert.ok(outcomes.some(({ newArticleCount }) => newArticleCount === 1));
  assert.deepEqual(
    (await news.articles()).map(({ title }: { title: string }) => title),
    ['Committee meets', 'Bitcoin price plunges'],
  );
});

test('has no feed to read behind a recorded or unknown source, and lets operators alone ask', async (t) => {
  const news = await startReadyNews(t);
  const query =
    'mutation ($id: ID!) { refreshNewsSource(id: $id) { source { id } outcome newArticleCount } }';
  const recorded = await news.ask(query, { id: 'fdic' }, OPERATOR);
  assert.deepEqual(recorded.data.refreshNewsSource, {
    source: { id: 'fdic' },
    outcome: 'NO_FEED',
    newArticleCount: 0,
  });
  const unknown = await news.ask(query, { id: 'nowhere' }, OPERATOR);
  assert.deepEqual(unknown.data.refreshNewsSource, { source: null, outcome: 'NO_FEED', newArticleCount: 0 });
  const anonymous = await news.ask(query, { id: 'fdic' });
  assert.equal(anonymous.errors[0]?.extensions?.code, 'UNAUTHENTICATED');
  const reader = await news.ask(query, { id: 'fdic' }, { ...OPERATOR, scopes: ['platform:read'] });
  assert.equal(reader.errors[0]?.extensions?.code, 'FORBIDDEN');
});

test('asks for what has changed alone, and sends back what the server said', async (t) => {
  await using server = await startFeedServer();
  server.serve('/wire', (request, response) => {
    if (request.headers['if-none-match'] === '"v1"') {
      response.writeHead(304).end();
      return;
    }
    response
      .setHeader('etag', '"v1"')
      .setHeader('last-modified', 'Sun, 22 Nov 2026 10:00:00 GMT')
      .setHeader('content-encoding', 'gzip')
      .end(gzipSync(rss([bitcoin])));
  });
  const news = await startWithFeeds(t, server, ['wire']);
  await news.logged('read a feed');
  news.moveOn(MINUTE_MS);
  assert.equal((await news.refresh('wire')).outcome, 'UNCHANGED');
  assert.equal(server.received.at(-1)?.headers['if-modified-since'], 'Sun, 22 Nov 2026 10:00:00 GMT');
  assert.equal((await news.articles()).length, 1);
});

test('keeps what it knows when a feed fails, and reads the others on', async (t) => {
  await using server = await startFeedServer();
  server.serve('/wire', rss([bitcoin]));
  server.serve('/desk', (_request, response) => void response.writeHead(503, { 'retry-after': '600' }).end());
  const news = await startWithFeeds(t, server, ['wire', 'desk', 'missing']);
  await news.logged('read a feed');
  await news.logged('could not read a feed', 2);
  assert.equal((await news.articles()).length, 1);

  server.serve('/wire', (_request, response) => void response.writeHead(500).end());
  news.moveOn(MINUTE_MS);
  assert.deepEqual(await news.refresh('wire'), {
    source: { id: 'wire', name: 'Feed wire' },
    outcome: 'FAILED',
    newArticleCount: 0,
  });
  assert.equal((await news.articles()).length, 1);
  const health = (await (await fetch(new URL('/health', news.subgraph.url))).json()) as {
    ready: boolean;
    feeds: { id: string; failures: number }[];
  };
  assert.equal(health.ready, true);
  assert.deepEqual(
    health.feeds.map(({ id, failures }) => [id, failures]),
    [
      ['wire', 1],
      ['desk', 1],
      ['missing', 1],
    ],
  );
});

/** Serves `/wire` so, and tells why it could not be read. */
async function failureOf(t: TestContext, server: FeedServer): Promise<string> {
  const news = await startWithFeeds(t, server, ['wire']);
  const [line] = await news.logged('could not read a feed');
  assert.deepEqual(await news.articles(), []);
  assert.ok(line !== undefined);
  return (line.err as { message: string }).message;
}

test('gives up on 50 MB of feed after two, and on 50 MB that come as a few KB', async (t) => {
  await using server = await startFeedServer();
  const TOTAL_BYTES = 50 * 1024 * 1024;
  let sentBytes = 0;
  const cut = Promise.withResolvers<void>();
  server.serve('/wire', (_request, response) => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const push = () => {
      while (sentBytes < TOTAL_BYTES && response.writable) {
        sentBytes += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', push);
          return;
        }
      }
    };
    response.once('close', cut.resolve);
    push();
  });
  assert.match(await failureOf(t, server), /more than 2097152 bytes/);
  await cut.promise;
  assert.ok(sentBytes < TOTAL_BYTES / 2, `${sentBytes} bytes were sent`);

  const bomb = gzipSync(Buffer.alloc(TOTAL_BYTES, 'x'));
  assert.ok(bomb.length < 100_000);
  server.serve('/wire', (_request, response) => response.setHeader('content-encoding', 'gzip').end(bomb));
  assert.match(await failureOf(t, server), /more than 2097152 bytes/);
});

test('reads no document with entities of its own, bombs and files alike', async (t) => {
  await using server = await startFeedServer();
  const declared = (entities: string) =>
    `<?xml version="1.0"?><!DOCTYPE rss [${entities}]><rss version="2.0"><channel><title>t</title>
    <item><title>&e9;</title><link>https://feeds.example/a</link></item></channel></rss>`;
  const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join(
    '',
  );
  for (const entities of [
    `<!ENTITY e0 "lol">${laughs}`,
    '<!ENTITY e9 SYSTEM "file:///etc/passwd">',
    `<!ENTITY % p SYSTEM "${server.origin}/external"> %p;`,
  ]) {
    server.serve('/wire', declared(entities));
    assert.match(await failureOf(t, server), /entities/);
  }
  assert.equal(server.count('/external'), 0);
});

test('takes nothing from what is no feed', async (t) => {
  await using server = await startFeedServer();
  for (const text of [
    '',
    '<!doctype html><html><body>Sign in</body></html>',
    '<rss version="2.0"><channel><title>cut off <item><title>Bitcoin',
    '{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[]}',
    '\u0000\u0001\u0002',
  ]) {
    server.serve('/wire', text);
    assert.match(await failureOf(t, server), /RSS or Atom/);
  }
});

test('follows redirects within the origin alone, and not without end', async (t) => {
  await using server = await startFeedServer();
  await using elsewhere = await startFeedServer();
  elsewhere.serve('/feed', rss([bitcoin]));
  const redirectTo = (location: string) => {
    server.serve('/wire', (_request, response) => response.writeHead(302, { location }).end());
  };
  redirectTo(`${elsewhere.origin}/feed`);
  assert.match(await failureOf(t, server), /another origin/);
  assert.equal(elsewhere.received.length, 0);
  redirectTo('file:///etc/passwd');
  assert.match(await failureOf(t, server), /another origin/);
  redirectTo('/wire');
  assert.match(await failureOf(t, server), /more than 3 times/);

  server.serve('/moved', rss([bitcoin]));
  redirectTo('/moved');
  const news = await startWithFeeds(t, server, ['wire']);
  await news.logged('read a feed');
  assert.equal((await news.articles()).length, 1);
});

test('dates by sight what its feed dates wrongly', async (t) => {
  await using server = await startFeedServer();
  const wrong = [
    undefined,
    'soon',
    'Mon, 22 Nov 2060 10:00:00 GMT',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    '31 Feb 2026 10:00 GMT',
  ];
  server.serve(
    '/wire',
    rss(
      wrong.map((date, i) => ({
        title: ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon'][i] as string,
        link: `https://feeds.example/${i}`,
        ...(date === undefined ? {} : { date }),
      })),
    ),
  );
  const news = await startWithFeeds(t, server, ['wire']);
  await news.logged('read a feed');
  const articles = await news.articles();
  assert.equal(articles.length, wrong.length);
  for (const { publishedAt, firstSeenAt } of articles) {
    assert.equal(publishedAt, '2026-11-22T12:00:00Z');
    assert.equal(firstSeenAt, publishedAt);
  }
});

test('lets no script, markup or address of another kind through', async (t) => {
  await using server = await startFeedServer();
  server.serve(
    '/wire',
    rss([
      {
        title: '<![CDATA[<script>alert(1)</script>One <img src=x onerror=alert(1)>]]>',
        link: 'https://feeds.example/1',
        summary: '&lt;iframe src="javascript:alert(1)"&gt;x&lt;/iframe&gt;Plain',
      },
      { title: '&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;Two', link: 'https://feeds.example/2' },
      { title: 'Script link', link: 'javascript:alert(1)' },
      { title: 'Data link', link: 'data:text/html,x' },
      { title: 'Plain http', link: 'http://feeds.example/3' },
      { title: `&amp;${'amp;'.repeat(400)}lt;b`, link: 'https://feeds.example/4' },
    ]),
  );
  const news = await startWithFeeds(t, server, ['wire']);
  await news.logged('read a feed');
  const articles = await news.articles();
  assert.deepEqual(
    articles.map(({ title, summary }: { title: string; summary: string }) => [title, summary]).toSorted(),
    [
      ['One', 'Plain'],
      ['Two', null],
    ],
  );
});

test('keeps cursors right when articles come in between pages, and when the day changes', async (t) => {
  await using server = await startFeedServer();
  const at = (hour: number) => `Sun, 22 Nov 2026 ${String(hour).padStart(2, '0')}:00:00 GMT`;
  const word = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon', 'Zeta'];
  const items = word.map((title, i) => ({ title, link: `https://feeds.example/${title}`, date: at(11 - i) }));
  server.serve('/wire', rss(items.filter((_, i) => i !== 3)));
  const news = await startWithFeeds(t, server, ['wire']);
  await news.logged('read a feed');
  const page = async (after: string | null) => {
    const { data } = await news.ask(
      'query ($after: String) { news(first: 2, after: $after) { nodes { title } pageInfo { endCursor } } }',
      { after },
    );
    return {
      titles: data.news.nodes.map(({ title }: { title: string }) => title),
      end: data.news.pageInfo.endCursor as string,
    };
  };
  const first = await page(null);
  assert.deepEqual(first.titles, ['Alpha', 'Beta']);
  server.serve('/wire', rss([{ title: 'Omega', link: 'https://feeds.example/new' }, ...items]));
  news.moveOn(24 * 60 * MINUTE_MS);
  assert.equal((await news.refresh('wire')).newArticleCount, 2);
  assert.deepEqual((await page(first.end)).titles, ['Gamma', 'Delta']);
  assert.deepEqual((await page(null)).titles, ['Omega', 'Alpha']);
});

test('knows after a restart what it knew before: articles, ids, first sight, places, cursors', async (t) => {
  await using server = await startFeedServer();
  using folder = createTemporaryFolder();
  const settings = { stateDir: folder.path, cursorKey: 'a key that outlives the process' };
  server.serve(
    '/wire',
    rss([
      { title: 'Undated', link: 'https://feeds.example/undated' },
      bitcoin,
      { ...bitcoin, link: 'https://copy.example/b' },
    ]),
  );
  const before = await startWithFeeds(t, server, ['wire'], { settings });
  await before.logged('read a feed');
  const articles = await before.articles();
  assert.deepEqual(
    articles.map(({ title, duplicateCount }: { title: string; duplicateCount: number }) => [
      title,
      duplicateCount,
    ]),
    [
      ['Undated', 0],
      ['Bitcoin price plunges', 1],
    ],
  );
  const page =
    'query ($after: String) { news(first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }';
  const { endCursor } = (await before.ask(page)).data.news.pageInfo;
  await before.close();

  const after = await startWithFeeds(t, server, ['wire'], { settings, startedAt: '2026-11-23T18:00:00Z' });
  const [reading] = await after.logged('read a feed');
  assert.equal(reading?.newArticleCount, 0);
  assert.deepEqual(await after.articles(), articles);
  assert.deepEqual((await after.ask(page, { after: endCursor })).data.news.nodes, [{ id: articles[1].id }]);
});
