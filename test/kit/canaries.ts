import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { request } from 'undici';

/**
 * Secrets that the kit plants wherever a secret may come in, and the watch over everything that goes out: log lines,
 * metrics, answers, output of processes, in every test. Whatever of them is seen fails the test file, and
 * `scripts/test.ts` says how much was looked at.
 */

/** Lower-case letters alone: it survives headers, URLs, JSON and base 32 as it is. */
const MARK = 'canarymark';

/** What is planted, by where it comes in. */
export const CANARY = {
  header: `${MARK}-header`,
  cookie: `${MARK}-cookie`,
  variable: `${MARK}-variable`,
  claim: `${MARK}-claim`,
  requestUrl: `${MARK}-request-url`,
  subgraphUrl: `${MARK}-subgraph-url`,
  subgraphMessage: `${MARK}-subgraph-message`,
  subgraphExtension: `${MARK}-subgraph-extension`,
  /** What the secrets of test keys begin with. */
  key: MARK,
} as const;

/** Headers of a client that nothing should pass on. */
export const CANARY_HEADERS = { 'x-canary': CANARY.header, cookie: `session=${CANARY.cookie}` } as const;

/** A base 64 text says the same in three ways, by where in it a word begins. */
const ENCODED = [0, 1, 2].map((offset) => {
  const text = Buffer.from('\0'.repeat(offset) + MARK).toString('base64url');
  // Characters that depend on the neighbours are left out.
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + MARK.length) * 8) / 6));
});

/** A canary in some writing, an API key, a JWT, a private key. */
const LEAK = new RegExp(
  [
    MARK,
    ...ENCODED,
    Buffer.from(MARK).toString('hex'),
    'trb_(?:live|sign)_[a-z2-7]{16}_[a-z2-7]{39}',
    String.raw`eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.`,
    '-----BEGIN [A-Z ]*PRIVATE KEY',
  ].join('|'),
);
/** The longest that may be cut in two by a border between chunks. */
const OVERLAP = 120;

/** What was looked at in this process. */
const looked = { logs: 0, answers: 0, metrics: 0, outputs: 0 };
let leaks = 0;

/** Where reports go; without it only the exit code tells. */
const folder = process.env.CANARY_REPORTS;

function report(place: string, text: string, index: number): void {
  leaks += 1;
  // Enough to find the place, and not the secret itself.
  const around = text.slice(Math.max(0, index - 160), index).replaceAll(LEAK_EVERYWHERE, '[canary]');
  const entry = `A secret is in ${place} of ${process.argv[1] ?? 'a process'}: …${around}[here]`;
  console.error(entry);
  if (folder !== undefined) appendFileSync(join(folder, 'leaks.txt'), `${JSON.stringify(entry)}\n`);
}

const LEAK_EVERYWHERE = new RegExp(LEAK.source, 'g');

function look(place: string, text: string): void {
  const index = text.search(LEAK);
  if (index !== -1) report(place, text, index);
}

/** Looks at a line of a log. */
export function lookAtLog(line: string): void {
  looked.logs += 1;
  look('a log line', line);
}

/** Looks at a page of metrics. */
export function lookAtMetrics(text: string): void {
  looked.metrics += 1;
  look('the metrics', text);
}

/**
 * Looks at what a process writes, as it comes.
 *
 * @returns takes the chunks
 */
export function watchOutput(): (chunk: string) => void {
  let before = '';
  looked.outputs += 1;
  return (chunk) => {
    const text = before + chunk;
    look('the output of a process', text);
    // What was found once is not found again.
    before = text.slice(-OVERLAP).replace(LEAK_EVERYWHERE, '');
  };
}

/** Looks for the secrets of a state folder in what a process has written. */
export function lookForSecretsOf(stateDir: string, output: string): void {
  for (const [name, secret] of secretsOf(stateDir)) {
    const index = output.indexOf(secret);
    if (index !== -1) report(`the output of a process (${name})`, output, index);
  }
}

function secretsOf(stateDir: string): readonly (readonly [string, string])[] {
  const files = ['admin-token', 'keys/key-pepper', 'keys/sealing-key', 'keys/cursor-key'];
  const texts = files
    .map((name) => [name, join(stateDir, name)] as const)
    .filter(([, file]) => existsSync(file))
    .flatMap(([name, file]) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => [name, line.trim()] as const),
    );
  const keys = globSync(join(stateDir, 'keys/*.private.jwk')).map(
    (file) => [file, (JSON.parse(readFileSync(file, 'utf8')) as { d: string }).d] as const,
  );
  return [...texts, ...keys].filter(([, secret]) => secret.length >= 16);
}

/** A sink for pino that looks at each line. */
export function createWatchedSink(): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      lookAtLog(String(chunk));
      done();
    },
  });
}

/** Gateways whose answers are looked at; subgraphs may say what they like. */
const origins = new Set<string>();

/** Looks at all that is answered from there to this process, whoever asks. */
export function watchAnswersOf(url: string): void {
  origins.add(new URL(url).origin);
}

/** Reads the metrics of a process that may be about to end. */
export async function lookAtMetricsOf(url: string): Promise<void> {
  try {
    const { body } = await request(url, { headersTimeout: 1_000, bodyTimeout: 1_000 });
    lookAtMetrics(await body.text());
  } catch {
    // It has ended, or was stopped by its test: then it has no metrics.
  }
}

interface Exchange {
  readonly request: { readonly origin: unknown };
}

function isWatched({ request: { origin } }: Exchange): boolean {
  return origins.has(String(origin).replace(/\/$/, ''));
}

const tails = new WeakMap<object, string>();

subscribe('undici:request:headers', (message) => {
  const exchange = message as Exchange & { readonly response: { readonly headers: readonly Buffer[] } };
  if (!isWatched(exchange)) return;
  looked.answers += 1;
  look('a header of an answer', exchange.response.headers.map((part) => part.toString('latin1')).join('\n'));
});

subscribe('undici:request:bodyChunkReceived', (message) => {
  const exchange = message as Exchange & { readonly chunk: Uint8Array };
  if (!isWatched(exchange)) return;
  const text = (tails.get(exchange.request) ?? '') + Buffer.from(exchange.chunk).toString('latin1');
  look('an answer', text);
  tails.set(exchange.request, text.slice(-OVERLAP).replace(LEAK_EVERYWHERE, ''));
});

process.on('exit', () => {
  if (folder !== undefined && Object.values(looked).some((count) => count > 0))
    appendFileSync(join(folder, 'looked.txt'), `${JSON.stringify(looked)}\n`);
  if (leaks > 0) process.exitCode = 1;
});
