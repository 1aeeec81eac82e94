import { setImmediate, setTimeout } from 'node:timers/promises';
import type { PreparedOperation } from '../../context.ts';
import type { CancelSignal } from '../../lib/cancellation.ts';

export interface DocumentCompilationOptions {
  /** The texts to compile, the most urgent ones first. */
  readonly texts: Iterable<string>;
  /** The operations of a text, without variables. @throws when the schema does not have what it selects */
  readonly read: (text: string) => readonly PreparedOperation[];
  /** An operation as its callers may run it: one form for each set of fields that some of them are refused. */
  readonly formsOf: (operation: PreparedOperation) => Promise<readonly PreparedOperation[]>;
  /** Plans and compiles a form; at once when that is done already. */
  readonly compile: (operation: PreparedOperation, signal: CancelSignal) => Promise<void>;
  /** How long to wait for all of it, in milliseconds; what is left goes on behind the caller's back. */
  readonly budgetMs: number;
  /** Ends what goes on. */
  readonly signal: CancelSignal;
  /** Told of each document; the error says why its first call will plan it, or be refused. */
  readonly onDocument: (error?: unknown) => void;
}

/**
 * Compiles trusted documents ahead of their first call, one after another.
 *
 * @returns when all are compiled or the budget is spent, whichever comes first; never rejects
 */
export async function compileDocuments(options: DocumentCompilationOptions): Promise<void> {
  const budget = new AbortController();
  const inTime = setTimeout(options.budgetMs, undefined, { signal: budget.signal }).catch(() => {});
  await Promise.race([compileAll(options), inTime]);
  budget.abort();
}

async function compileAll(options: DocumentCompilationOptions): Promise<void> {
  for (const text of options.texts) {
    // Requests are served meanwhile: none waits for more than one document to be read.
    await setImmediate();
    if (options.signal.aborted) return;
    try {
      await compileDocument(text, options);
      options.onDocument();
    } catch (error) {
      if (!options.signal.aborted) options.onDocument(error);
    }
  }
}

async function compileDocument(
  text: string,
  { read, formsOf, compile, signal }: DocumentCompilationOptions,
): Promise<void> {
  for (const operation of read(text)) {
    for (const form of await formsOf(operation)) await compile(form, signal);
  }
}
