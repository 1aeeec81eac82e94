import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { createTestGateway, createTestKey, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

interface Answer {
  readonly data?: unknown;
  readonly errors: readonly { readonly extensions: { readonly code: string } }[];
}

/** What a real browser makes of the gateway: a web app of another origin, and a person who opens the endpoint. */
describe('browsers', () => {
  const key = createTestKey();
  let browser: Browser;
  let subgraph: TestSubgraph;
  let gateway: TestGateway;
  const page = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<p>app</p>'),
  );

  before(async () => {
    subgraph = await createTestSubgraph({
      name: 'greeting',
      sdl: 'type Query { hello: String }',
      resolvers: { Query: { hello: () => 'world' } },
    });
    gateway = await createTestGateway({ subgraphs: [subgraph], keys: [key.record] });
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? 'chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  after(async () => {
    await browser.close();
    await new Promise((resolve) => page.close(resolve));
    await gateway[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  });

  /** Runs a fetch inside a page of another origin, as a web app would. */
  const fromApp = async (init: { headers: Record<string, string>; body: string }) => {
    const app = await browser.newPage();
    await app.goto(`http://localhost:${(page.address() as AddressInfo).port}/`);
    const answer = await app.evaluate(
      async ([url, options]) => {
        const response = await fetch(url as string, { method: 'POST', ...(options as RequestInit) });
        return {
          status: response.status,
          id: response.headers.get('x-request-id'),
          body: (await response.json()) as Answer,
        };
      },
      [gateway.url, init] as const,
    );
    await app.close();
    return answer;
  };

  test('a web app of another origin sends a key and reads answer and id', async () => {
    const answer = await fromApp({
      headers: {
        'content-type': 'application/json',
        'x-api-key': key.text,
        'apollographql-client-name': 'web',
      },
      body: JSON.stringify({ query: '{ hello }' }),
    });
    assert.deepEqual(answer.body, { data: { hello: 'world' } });
    assert.ok(answer.id);
  });

  test('it reads refusals too, not a CORS failure', async () => {
    const headers = { 'content-type': 'application/json', 'x-api-key': 'nonsense' };
    const answer = await fromApp({ headers, body: JSON.stringify({ query: '{ hello }' }) });
    assert.equal(answer.status, 401);
    assert.equal(answer.body.errors[0]?.extensions.code, 'UNAUTHENTICATED');
  });

  test('a form of a foreign page changes nothing', async () => {
    const calls = subgraph.received.length;
    const foreign = await browser.newPage();
    await foreign.goto(`http://localhost:${(page.address() as AddressInfo).port}/`);
    await foreign.setContent(
      `<form method="post" enctype="text/plain" action="${gateway.url}"><input name='{"query":"{ hello }","x":"' value='"}'></form>`,
    );
    const [response] = await Promise.all([
      foreign.waitForResponse(gateway.url),
      foreign.evaluate('document.forms[0].submit()'),
    ]);
    assert.equal(response.status(), 415);
    assert.equal(subgraph.received.length, calls);
    await foreign.close();
  });

  test('a person who opens the endpoint gets Sandbox, aimed at this endpoint', async () => {
    const person = await browser.newPage();
    const response = await person.goto(gateway.url, { waitUntil: 'domcontentloaded' });
    assert.equal(response?.status(), 200);
    const html = await person.content();
    assert.match(html, /sandbox/i);
    assert.match(html, /apollo/i);
    await person.close();
  });
});
