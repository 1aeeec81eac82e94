import type { CostReport } from '../context.ts';
import type { Code } from '../errors/codes.ts';
import { ToldRefusal } from '../errors/errors.ts';
import { rateLimitHeaders } from '../limits/report-cost.ts';
import type { OperationOutcome } from '../pipeline.ts';
import { REFUSAL_HEADER, refusalHeader } from './refusal-header.ts';
import { bodyWithCost } from './with-extensions.ts';
import { toRefusal } from './write-errors.ts';

/** What the log tells of a batch. */
export interface AnsweredBatch {
  /** How many operations it held. */
  readonly operations: number;
  /** The codes of those that were refused. */
  readonly refused: readonly Code[];
}

/** A batch as HTTP; its status is 200 whatever became of its entries. */
export interface BatchAnswer extends AnsweredBatch {
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON array with a GraphQL answer for each operation, in their order. */
  readonly body: Buffer;
}

export interface BatchEvents {
  readonly onOutcome: (outcome: OperationOutcome) => void;
  readonly onRefusal: (code: Code) => void;
  /** Something failed that is no refusal: a fault of ours. */
  readonly onFault: (error: unknown) => void;
}

/** Writes what the operations of a batch came to; a refusal stands in its operation's place and spoils no other. */
export function answerBatch(
  settled: readonly PromiseSettledResult<OperationOutcome>[],
  { onOutcome, onRefusal, onFault }: BatchEvents,
): BatchAnswer {
  const refused: Code[] = [];
  const bodies = settled.map((entry) => {
    if (entry.status === 'fulfilled') {
      onOutcome(entry.value);
      return bodyWithCost(entry.value);
    }
    const { code, body } = toRefusal(entry.reason, 'application/json');
    if (code === 'INTERNAL_SERVER_ERROR') onFault(entry.reason);
    onRefusal(code);
    refused.push(code);
    return Buffer.from(JSON.stringify(body));
  });
  const parts = bodies.flatMap((body, index) => [Buffer.from(index === 0 ? '[' : ','), body]);
  return {
    operations: settled.length,
    refused,
    headers: { ...budgetHeaders(settled), ...rulesHeader(settled) },
    body: Buffer.concat([...parts, Buffer.from(']')]),
  };
}

/** Each entry tells in its body what it cost; the headers have room for one, which is the one that left least. */
function budgetHeaders(
  settled: readonly PromiseSettledResult<OperationOutcome>[],
): Readonly<Record<string, string>> {
  const told = settled.flatMap((entry) => {
    const cost = entry.status === 'fulfilled' ? entry.value.cost : toldCost(entry.reason);
    return cost === undefined ? [] : [cost];
  });
  const [first, ...rest] = told;
  if (first === undefined) return {};
  return rateLimitHeaders(
    rest.reduce((least, cost) => (cost.bucket.available < least.bucket.available ? cost : least), first),
  );
}

function toldCost(error: unknown): CostReport | undefined {
  return error instanceof ToldRefusal ? (error.answerExtensions.cost as CostReport | undefined) : undefined;
}

function rulesHeader(
  settled: readonly PromiseSettledResult<OperationOutcome>[],
): Readonly<Record<string, string>> {
  const entries = settled.flatMap((entry) => {
    const text = entry.status === 'fulfilled' ? refusalHeader(entry.value) : undefined;
    return text === undefined ? [] : [text];
  });
  return entries.length === 0 ? {} : { [REFUSAL_HEADER]: entries.join('; ') };
}
