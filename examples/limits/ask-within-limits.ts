/** Where a gateway answers, and as whom. */
export interface Gateway {
  readonly url: string;
  readonly apiKey: string;
}

export interface Operation {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Whether it may run twice: queries may, and mutations with an `idempotencyKey`. */
  readonly isRepeatable?: boolean;
}

export interface Patience {
  /** How often it is sent at the most. */
  readonly attempts?: number;
  /** The longest that one refusal makes a user wait, in milliseconds. */
  readonly longestWaitMs?: number;
  /** Waits; tests wait faster. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** What became of an operation. */
export type Outcome =
  | {
      readonly kind: 'answer';
      readonly data: Readonly<Record<string, unknown>> | null;
      readonly errors: readonly AnswerError[];
      /** Paths of what a larger plan would fill. */
      readonly beyondPlan: readonly string[];
    }
  | { readonly kind: 'later'; readonly atMs: number; readonly isMonthOver: boolean }
  | {
      readonly kind: 'too-dear';
      readonly cost: number;
      readonly maxCost: number;
      readonly mostExpensive: string;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly retryAfterMs?: number;
    readonly cost?: number;
    readonly maxCost?: number;
    readonly mostExpensive?: string;
  };
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly AnswerError[];
}

const FIRST_PAUSE_MS = 250;

/** Sends an operation, and does about each refusal what it asks for. */
export async function askWithinLimits(
  gateway: Gateway,
  operation: Operation,
  { attempts = 3, longestWaitMs = 30_000, wait = sleep }: Patience = {},
): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(gateway, operation);
    const outcome = judge(answer);
    const pauseMs = pauseBefore(outcome, attempt);
    // Beyond its patience it tells when to come back, and does not come back by itself.
    if (pauseMs === undefined || attempt === attempts || pauseMs > longestWaitMs) return outcome;
    await wait(pauseMs);
  }
}

/** How long to wait before it is sent again; undefined: not at all. */
function pauseBefore(outcome: Outcome, attempt: number): number | undefined {
  // By chance, so that those who were refused together do not come back together.
  const scatter = 1 + Math.random() / 10;
  if (outcome.kind === 'later' && !outcome.isMonthOver) return (outcome.atMs - Date.now()) * scatter;
  if (outcome.kind === 'refused' && outcome.code === 'OVERLOADED') {
    return FIRST_PAUSE_MS * 2 ** (attempt - 1) * scatter;
  }
  return undefined;
}

function judge({ data, errors = [] }: Answer): Outcome {
  const [first] = errors;
  // With data it ran; without, it was refused as a whole.
  if (data !== undefined || first === undefined) {
    const restricted = errors.filter(({ extensions }) => extensions.code === 'PLAN_RESTRICTED');
    const beyondPlan = restricted.map(({ path = [] }) => path.join('.'));
    return { kind: 'answer', data: data ?? null, errors, beyondPlan };
  }
  const { code, retryAfterMs = 0, cost = 0, maxCost = 0, mostExpensive = '' } = first.extensions;
  switch (code) {
    case 'RATE_LIMITED':
    case 'QUOTA_EXHAUSTED':
      return { kind: 'later', atMs: Date.now() + retryAfterMs, isMonthOver: code === 'QUOTA_EXHAUSTED' };
    case 'COST_LIMIT_EXCEEDED':
      return { kind: 'too-dear', cost, maxCost, mostExpensive };
    default:
      return { kind: 'refused', code, message: first.message };
  }
}

async function send({ url, apiKey }: Gateway, operation: Operation): Promise<Answer> {
  const { query, variables, isRepeatable = query.trimStart().startsWith('mutation') === false } = operation;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  } catch (error) {
    // Nobody knows whether it ran.
    if (!isRepeatable) throw error;
    return { errors: [{ message: String(error), extensions: { code: 'OVERLOADED' } }] };
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
