import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Pool } from 'undici';
import { expectedData, type Workload, type WorkloadRequest } from '../workloads/workload.ts';
import { createWorkload } from '../workloads/workloads.ts';
import { serveCommands } from './control.ts';

/** One round of load on one program. */
export interface LoadOrder {
  readonly port: number;
  /** The number of the first request; those that follow have the next numbers. */
  readonly from: number;
  readonly maxRequests: number;
  readonly maxMs: number;
  /**
   * `whole`: every answer is parsed and its data compared deeply; `length`: its length is compared; `status`: it is 200,
   * for answers that say besides what they cost.
   */
  readonly check: 'whole' | 'length' | 'status';
  /** `false`: the program answers every request as if it were number 0. */
  readonly answersEach: boolean;
  /** Sent besides, such as a key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How the document is named; by its text when absent. Ids are the SHA-256 of the text. */
  readonly naming?: DocumentNaming;
}

export type DocumentNaming = 'query' | 'documentId' | 'persistedQuery';

/** What a round came to. */
export interface LoadReport {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds at the 50th, 95th and 99th percentile. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** What was wrong with answers; empty in a good round. */
  readonly faults: readonly string[];
}

/** A request as it is sent again and again. */
interface Prepared {
  readonly bodies: Readonly<Record<DocumentNaming, Buffer>>;
  /** The length of the whole answer without white space at the end, in bytes. */
  readonly answerBytes: number;
}

const MAX_FAULTS = 3;
const NEWLINE = 10;
const HEADERS = { 'content-type': 'application/json' };

let workload: Workload | undefined;
const prepared = new Map<number, Prepared>();

/**
 * A closed loop over kept-alive connections, as cheap as it can be: bodies and the lengths of answers are made before
 * the clock starts, an answer is counted, not kept.
 */
serveCommands({
  start(name: string) {
    workload = createWorkload(name);
    const { requestCount, answerBytes } = workload;
    for (let number = 0; number < requestCount; number += 1) prepare(workload, number);
    const { answerBytes: length } = prepare(workload, 0);
    if (answerBytes !== undefined && (length < answerBytes.min || length > answerBytes.max)) {
      throw new Error(
        `the answer of ${name} has ${length} bytes, not ${answerBytes.min} to ${answerBytes.max}`,
      );
    }
    return { answerBytes: length };
  },
  run: (order: LoadOrder) => runLoad(order),
});

function prepare(of: Workload, number: number): Prepared {
  let request = prepared.get(number);
  if (request === undefined) {
    const answer = JSON.stringify({ data: expectedData(of, number) });
    request = {
      bodies: bodiesOf(of.request(number)),
      answerBytes: Buffer.byteLength(answer),
    };
    prepared.set(number, request);
  }
  return request;
}

function bodiesOf({ query, ...rest }: WorkloadRequest): Prepared['bodies'] {
  const hash = createHash('sha256').update(query).digest('hex');
  const body = (named: object) => Buffer.from(JSON.stringify({ ...named, ...rest }));
  return {
    query: body({ query }),
    documentId: body({ documentId: hash }),
    persistedQuery: body({ extensions: { persistedQuery: { version: 1, sha256Hash: hash } } }),
  };
}

async function runLoad({
  port,
  from,
  maxRequests,
  maxMs,
  check,
  answersEach,
  naming = 'query',
  headers,
}: LoadOrder): Promise<LoadReport> {
  if (workload === undefined) throw new Error('start comes first');
  const { connections, requestCount } = workload;
  const current = workload;
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections });
  const sent = { ...HEADERS, ...headers };
  const latencies: number[] = [];
  const faults: string[] = [];
  const startedAt = performance.now();
  let next = 0;

  const verify = (number: number, status: number, answer: Answer): void => {
    const about = answersEach ? number : 0;
    const fault =
      check === 'whole'
        ? wholeFault(current, about, status, answer)
        : check === 'length'
          ? lengthFault(prepare(current, about), status, answer)
          : statusFault(status);
    if (fault !== undefined && faults.length < MAX_FAULTS) faults.push(`request ${number}: ${fault}`);
  };
  const runClient = async (): Promise<void> => {
    while (next < maxRequests && performance.now() - startedAt < maxMs && faults.length < MAX_FAULTS) {
      const number = (from + next) % requestCount;
      next += 1;
      const sentAt = performance.now();
      const { bodies } = prepare(current, number);
      const { status, answer } = await send(pool, sent, bodies[naming], check === 'whole');
      latencies.push(performance.now() - sentAt);
      verify(number, status, answer);
    }
  };
  await Promise.all(Array.from({ length: connections }, runClient));
  const seconds = (performance.now() - startedAt) / 1000;
  await pool.close();
  latencies.sort((left, right) => left - right);
  const percentile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN;
  return {
    requests: latencies.length,
    seconds,
    latencyMs: { p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) },
    faults,
  };
}

/** What came back, as far as it is looked at. */
interface Answer {
  /** Without one line break at the end. */
  readonly bytes: number;
  readonly text: string | undefined;
}

/** Sends one request with the least that undici can do; the answer's text is kept only where it is compared. */
function send(
  pool: Pool,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  keepsText: boolean,
): Promise<{ status: number; answer: Answer }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let bytes = 0;
    let last: Buffer | undefined;
    pool.dispatch(
      { path: '/graphql', method: 'POST', headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData(_controller, chunk) {
          bytes += chunk.length;
          last = chunk;
          if (keepsText) chunks.push(Buffer.from(chunk));
        },
        onResponseEnd() {
          const length = last?.at(-1) === NEWLINE ? bytes - 1 : bytes;
          const text = keepsText ? Buffer.concat(chunks).toString() : undefined;
          resolve({ status, answer: { bytes: length, text } });
        },
        onResponseError(_controller, error) {
          reject(error);
        },
      },
    );
  });
}

function statusFault(status: number): string | undefined {
  return status === 200 ? undefined : `status ${status}`;
}

function lengthFault({ answerBytes }: Prepared, status: number, { bytes }: Answer): string | undefined {
  if (status === 200 && bytes === answerBytes) return undefined;
  return `status ${status} with ${bytes} bytes, expected 200 with ${answerBytes}`;
}

function wholeFault(of: Workload, number: number, status: number, { text = '' }: Answer): string | undefined {
  if (status !== 200) return `status ${status}: ${text.slice(0, 500)}`;
  const { data, errors } = JSON.parse(text) as { data?: unknown; errors?: unknown };
  if (errors !== undefined) return `errors: ${JSON.stringify(errors).slice(0, 500)}`;
  return isDeepStrictEqual(data, JSON.parse(JSON.stringify(expectedData(of, number))))
    ? undefined
    : `other data than expected: ${text.slice(0, 500)}`;
}
