import type { GraphQLResult } from '../context.ts';
import type { OperationOutcome } from '../pipeline.ts';

const END = Buffer.from('}');

/**
 * Adds to an answer what belongs to one request alone. The answer is encoded once for all that share it, and not again
 * here: the text is put before its last brace.
 */
function withExtensions(
  body: Buffer,
  result: GraphQLResult,
  extensions: Readonly<Record<string, unknown>>,
): Buffer {
  if (result.extensions !== undefined) {
    return Buffer.from(JSON.stringify({ ...result, extensions: { ...result.extensions, ...extensions } }));
  }
  return Buffer.concat([
    body.subarray(0, body.length - END.length),
    Buffer.from(`,"extensions":${JSON.stringify(extensions)}`),
    END,
  ]);
}

/** The answer to one caller, with what it cost where that is metered. */
export function bodyWithCost({
  body,
  result,
  cost,
}: Pick<OperationOutcome, 'body' | 'result' | 'cost'>): Buffer {
  return cost === undefined ? body : withExtensions(body, result, { cost });
}
