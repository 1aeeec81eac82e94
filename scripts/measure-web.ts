import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { provideChromium } from './provide-chromium.ts';

/**
 * Measures what the web sample sends for each request, by text and by id: `npm run measure:web`.
 *
 * Chromium sends each operation as `examples/web/src/execute.ts` does, once with the document that codegen wrote into the
 * manifest and once with its id, to a server that counts what comes over the socket: request line, headers and body.
 * The third way is the GET of the mobile sample, whose answer a CDN may keep.
 */

const MANIFEST = join(import.meta.dirname, '../examples/web/src/gql/persisted-documents.json');
const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Readonly<Record<string, string>>;
const portfolioId = '01J0000000000000000000000A';
const VARIABLES: Readonly<Record<string, object>> = {
  Dashboard: { portfolioId },
  MoreHoldings: { portfolioId, after: 'eyJvIjoyMH0' },
};
/** As long as a key of the platform. */
const KEY = `trb_live_${'a'.repeat(16)}_${'b'.repeat(43)}_${'c'.repeat(6)}`;
const HEADERS = {
  'content-type': 'application/json',
  'x-api-key': KEY,
  'apollographql-client-name': 'web',
  'apollographql-client-version': '1.0.0',
};

interface Counted {
  readonly wholeBytes: number;
  readonly bodyBytes: number;
}

/** How much of a socket was read before; a browser sends several requests on one. */
const readBefore = new WeakMap<Socket, number>();
let counted: Counted = { wholeBytes: 0, bodyBytes: 0 };
const server = createServer(async (request, response) => {
  let bodyBytes = 0;
  for await (const chunk of request) bodyBytes += (chunk as Buffer).length;
  const { socket } = request;
  const wholeBytes = socket.bytesRead - (readBefore.get(socket) ?? 0);
  readBefore.set(socket, socket.bytesRead);
  if (request.url?.startsWith('/graphql')) counted = { wholeBytes, bodyBytes };
  response.setHeader('content-type', request.url === '/' ? 'text/html' : 'application/json');
  response.end(request.url === '/' ? '<!doctype html><title>measure</title>' : '{"data":null}');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? provideChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const page = await browser.newPage();
await page.goto(`${origin}/`);

/** Of the same origin, so that no preflight stands between. */
async function send(path: string, init: { method: string; body?: string }): Promise<Counted> {
  const headers = init.method === 'GET' ? { 'x-api-key': KEY } : HEADERS;
  const script = `fetch(${JSON.stringify(path)}, ${JSON.stringify({ ...init, headers })}).then((answer) => answer.text())`;
  await page.evaluate(script);
  return counted;
}

console.log(
  '| operation | sent as | body, bytes | whole request, bytes | ÷ text |\n|---|---|---:|---:|---:|',
);
for (const [id, query] of Object.entries(manifest)) {
  const name = /query (\w+)/.exec(query)?.[1] ?? '';
  const variables = VARIABLES[name];
  if (variables === undefined) throw new Error(`there are no variables for the operation "${name}"`);
  const post = (named: object) =>
    send('/graphql', { method: 'POST', body: JSON.stringify({ ...named, variables }) });
  const search = encodeURIComponent(JSON.stringify(variables));
  const byText = await post({ query });
  const ways = {
    text: byText,
    id: await post({ documentId: id }),
    'GET by id': await send(`/graphql/web/${encodeURIComponent(id)}?variables=${search}`, { method: 'GET' }),
  };
  for (const [way, { bodyBytes, wholeBytes }] of Object.entries(ways)) {
    const share = (wholeBytes / byText.wholeBytes).toFixed(2);
    console.log(`| ${name} | ${way} | ${bodyBytes} | ${wholeBytes} | ${share} |`);
  }
}
await browser.close();
server.closeAllConnections();
server.close();
