import type { Caller, ClientApplication, Tab } from '../../context.ts';
import type { Code } from '../../errors/codes.ts';
import { RequestError, RequestErrors, ToldRefusal } from '../../errors/errors.ts';
import type { UsageLog } from './usage-log.ts';

/** Notes what became of a request for one operation; the error is what it was refused with, or why it has no answer. */
export type RecordUse = (
  tab: Tab,
  request: { readonly client: ClientApplication | undefined },
  caller: Caller,
  error?: unknown,
) => void;

/** Refusals after which the same operation may come again and be served. */
const THROTTLED: ReadonlySet<Code> = new Set(['RATE_LIMITED', 'QUOTA_EXHAUSTED']);

/** Makes the step of a request that counts it. */
export function createRecordUse(log: UsageLog): RecordUse {
  return ({ operation, hasRun, points }, { client }, caller, error) => {
    const code = error === undefined ? undefined : refusalCode(error);
    // A fault of ours before anything ran, or a client that left by then: nothing was used.
    if (code === undefined && !hasRun) return;
    const refused = code !== undefined && THROTTLED.has(code) ? 'throttled' : 'refused';
    log.note({
      caller,
      clientName: client?.name,
      operation,
      points,
      outcome: code === undefined ? 'ran' : refused,
    });
  };
}

function refusalCode(error: unknown): Code | undefined {
  const refusal = error instanceof ToldRefusal ? error.refusal : error;
  if (refusal instanceof RequestErrors) return refusal.errors[0]?.code;
  return refusal instanceof RequestError ? refusal.code : undefined;
}
