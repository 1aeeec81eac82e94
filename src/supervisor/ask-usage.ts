import type { ReadUsage, UsageDay, UsageQuery } from '../context.ts';

/** How a worker, which holds no database, asks the primary what was used. */
export interface UsageAsker {
  readonly read: ReadUsage;
  /** Takes what the primary answered; `days` are null when it cannot tell. */
  hear(answer: { readonly requestId: number; readonly days: readonly UsageDay[] | null }): void;
}

/** The longest that a worker waits for the primary, in milliseconds; below the deadline of a call to a subgraph. */
const ANSWER_TIMEOUT_MS = 1_500;
/** Questions that may be under way; more would only wait for the same tables. */
const MOST_QUESTIONS = 100;

/** Asks by messages. @param ask - sends one question to the primary */
export function createUsageAsker(ask: (requestId: number, query: UsageQuery) => void): UsageAsker {
  const waiting = new Map<number, PromiseWithResolvers<readonly UsageDay[]>>();
  let nextRequestId = 1;
  return {
    async read(query) {
      if (waiting.size >= MOST_QUESTIONS) throw new Error('too many ask what was used');
      const requestId = nextRequestId++;
      const answer = Promise.withResolvers<readonly UsageDay[]>();
      waiting.set(requestId, answer);
      const timer = setTimeout(
        () => answer.reject(new Error('the primary does not say in time what was used')),
        ANSWER_TIMEOUT_MS,
      );
      ask(requestId, query);
      try {
        return await answer.promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(requestId);
      }
    },
    hear({ requestId, days }) {
      const answer = waiting.get(requestId);
      if (days !== null) answer?.resolve(days);
      else answer?.reject(new Error('the primary cannot say what was used'));
    },
  };
}
