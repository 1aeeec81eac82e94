/**
 * A GraphQL client as a mobile app would carry it: no dependency, no document, only ids.
 *
 * Queries go by GET, at an address of their own that caches on the way may keep; what came with an `ETag` is asked for
 * again with `If-None-Match`, so that an answer that did not change costs a few hundred bytes. Mutations, and queries
 * too long for an address, go by POST. A refusal with 429 is tried again when the gateway says.
 */

export interface MobileClientOptions {
  /** Where the gateway answers, for example `https://api.example.com/graphql`. */
  readonly url: string;
  readonly apiKey?: string;
  /** The client application as its documents were published, and its release. */
  readonly name: string;
  readonly version: string;
  /** How often a request is tried again after 429; 0 means never. */
  readonly retries?: number;
  /** The longest that one refusal may make a request wait, in milliseconds. */
  readonly longestWaitMs?: number;
  /** Waits; tests wait faster. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** An answer with data; errors say why parts of it are null. */
export interface MobileAnswer {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly AnswerError[];
}

export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string };
}

/** The gateway refused the request; nothing ran. */
export class RefusedError extends Error {
  readonly status: number;
  /** Of the gateway's registry. */
  readonly code: string | undefined;

  constructor(status: number, { message, extensions }: AnswerError) {
    super(message);
    this.status = status;
    this.code = extensions?.code;
  }
}

export interface MobileClient {
  /** @throws RefusedError; TypeError when the gateway cannot be reached */
  query(documentId: string, variables?: Variables): Promise<MobileAnswer>;
  /**
   * Mutations are tried again after 429 as well: the gateway refuses before anything runs.
   *
   * @throws RefusedError; TypeError when the gateway cannot be reached
   */
  mutate(documentId: string, variables?: Variables): Promise<MobileAnswer>;
}

type Variables = Readonly<Record<string, unknown>>;

/** An answer with the tag by which the gateway knows it. */
interface KeptAnswer {
  readonly tag: string;
  readonly answer: MobileAnswer;
}

/** Proxies and servers on the way take addresses of this length at least. */
const LONGEST_ADDRESS = 2_000;
const KEPT_ANSWERS = 100;
/** What a refusal without `Retry-After` waits, and what keeps a crowd from coming back at the same moment. */
const FIRST_WAIT_MS = 500;

export function createMobileClient({
  url,
  apiKey,
  name,
  version,
  retries = 3,
  longestWaitMs = 30_000,
  wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}: MobileClientOptions): MobileClient {
  const headers: Readonly<Record<string, string>> = {
    accept: 'application/json',
    'graphql-client-name': name,
    'graphql-client-version': version,
    ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
  };
  /** By address, the latest last. */
  const kept = new Map<string, KeptAnswer>();

  async function send(address: string, init: RequestInit): Promise<Response> {
    for (let attempt = 0; ; attempt += 1) {
      const response = await fetch(address, init);
      if (response.status !== 429 || attempt >= retries) return response;
      const waitMs = retryAfterMs(response.headers.get('retry-after')) ?? FIRST_WAIT_MS * 2 ** attempt;
      // Whoever is told to come back tomorrow is told so at once.
      if (waitMs > longestWaitMs) return response;
      await response.body?.cancel();
      await wait(waitMs + Math.random() * FIRST_WAIT_MS);
    }
  }

  async function get(address: string): Promise<MobileAnswer> {
    const known = kept.get(address);
    const response = await send(address, {
      headers: known === undefined ? headers : { ...headers, 'if-none-match': known.tag },
    });
    if (response.status === 304 && known !== undefined) return known.answer;
    const answer = await readAnswer(response);
    const tag = response.headers.get('etag');
    kept.delete(address);
    if (tag !== null) kept.set(address, { tag, answer });
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_ANSWERS) break;
      kept.delete(oldest);
    }
    return answer;
  }

  async function post(documentId: string, variables: Variables): Promise<MobileAnswer> {
    const response = await send(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ documentId, variables }),
    });
    return readAnswer(response);
  }

  return {
    query(documentId, variables = {}) {
      const address = `${url}/${encodeURIComponent(name)}/${encodeURIComponent(documentId)}?variables=${encodeURIComponent(JSON.stringify(variables))}`;
      return address.length > LONGEST_ADDRESS ? post(documentId, variables) : get(address);
    },
    mutate: (documentId, variables = {}) => post(documentId, variables),
  };
}

async function readAnswer(response: Response): Promise<MobileAnswer> {
  const answer = (await response.json()) as Partial<MobileAnswer>;
  const { data, errors = [] } = answer;
  if (data !== undefined) return { ...answer, data };
  throw new RefusedError(response.status, errors[0] ?? { message: `HTTP ${response.status}` });
}

/**
 * Reads `Retry-After`: seconds, or a date.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - Date.now());
}
