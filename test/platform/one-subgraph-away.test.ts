import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startTestPlatform, type TestPlatform } from '../kit/platform.ts';

const JOINED = `query($id: ID!) {
  portfolio(id: $id) {
    name
    totalValue { value { amount } }
    holdings(first: 3) { nodes { quantity value { amount } unrealizedPnl { ratio } token { symbol price { amount } newsSentiment { articleCount } news { nodes { id } } } } }
    news { nodes { id } }
  }
  token(id: "bitcoin") { id newsSentiment { score } risk { beta } }
}`;

/** A program that does not answer, as kill -STOP makes one: its fields are missing, and nothing else is. */
describe('one subgraph away', () => {
  let platform: TestPlatform;
  before(async () => {
    platform = await startTestPlatform();
  });
  after(() => platform[Symbol.asyncDispose]());

  /** Asks while a subgraph is stopped. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of any form are read
  async function askWithout(subgraph: keyof TestPlatform['subgraphs']): Promise<any> {
    const pid = childNamed(platform.pid, `subgraphs/${subgraph}/main`);
    process.kill(pid, 'SIGSTOP');
    try {
      const variables = { id: platform.demo.users[0]?.portfolioId };
      const { status, body, text } = await platform.query(JOINED, { variables, key: 'pro' });
      assert.equal(status, 200);
      for (const { path, extensions } of body.errors) {
        assert.match(extensions.code, /^SUBGRAPH_(TIMEOUT|UNAVAILABLE)$/);
        // Only a root field of the subgraph itself is missing as a whole.
        assert.ok(
          path.length > 1 || (subgraph === 'price' && path[0] === 'token'),
          `${path} is missing as a whole`,
        );
      }
      assert.ok(!text.includes(platform.subgraphs[subgraph]), 'no address of a subgraph');
      return body.data;
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  test('news', async () => {
    const { portfolio, token } = await askWithout('news');
    assert.match(portfolio.totalValue.value.amount, /^\d/);
    assert.equal(portfolio.news, null);
    for (const node of portfolio.holdings.nodes) {
      assert.notEqual(node.value, null);
      assert.notEqual(node.unrealizedPnl, null);
      assert.equal(node.token.newsSentiment, null);
    }
    assert.equal(token.newsSentiment, null);
    assert.equal(token.risk.beta, 1);
  });

  test('analytics', async () => {
    const { portfolio, token } = await askWithout('analytics');
    for (const node of portfolio.holdings.nodes) {
      assert.notEqual(node.value, null);
      assert.equal(node.unrealizedPnl, null);
      assert.notEqual(node.token.newsSentiment, null);
    }
    assert.equal(token.risk, null);
  });

  test('price', async () => {
    const { portfolio } = await askWithout('price');
    assert.equal(portfolio.totalValue, null);
    for (const node of portfolio.holdings.nodes) {
      assert.match(node.quantity, /^\d/);
      assert.match(node.token.symbol, /^\w+$/, 'the ledger knows its tickers');
      assert.equal(node.value, null);
      assert.equal(node.token.price, null);
    }
    assert.notEqual(portfolio.news, null);
  });
});

/** The process below another one whose command line has a text. */
function childNamed(pid: number, text: string): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const found = children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(text));
  if (found === undefined) throw new Error(`no child of ${pid} runs ${text}`);
  return found;
}
