import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers a request for one path. */
export type FeedHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves feeds as a test wants them, on the loopback, and remembers what it was asked for. */
export interface FeedServer {
  readonly origin: string;
  readonly received: readonly { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  /** How a path is answered from now on: with a document, or by a handler. */
  serve(path: string, answer: string | FeedHandler): void;
  /** How often a path was asked for. */
  count(path: string): number;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFeedServer(): Promise<FeedServer> {
  const answers = new Map<string, string | FeedHandler>();
  const received: { path: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    received.push({ path, headers: request.headers });
    const answer = answers.get(path);
    if (typeof answer === 'function') return answer(request, response);
    if (answer === undefined) response.writeHead(404).end();
    else response.setHeader('content-type', 'application/xml').end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    serve: (path, answer) => void answers.set(path, answer),
    count: (path) => received.filter((request) => request.path === path).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An item of a test's feed; what is not given is not in the document. */
export interface WrittenItem {
  readonly title: string;
  readonly link: string;
  readonly date?: string;
  readonly summary?: string;
}

/** An RSS 2.0 document. Texts stand in it as they are given: escaping is the test's. */
export function rss(items: readonly WrittenItem[]): string {
  const written = items.map(({ title, link, date, summary }) => {
    const pubDate = date === undefined ? '' : `<pubDate>${date}</pubDate>`;
    const description = summary === undefined ? '' : `<description>${summary}</description>`;
    return `<item><title>${title}</title><link>${link}</link>${pubDate}${description}</item>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Feed</title>${written.join('')}</channel></rss>`;
}
