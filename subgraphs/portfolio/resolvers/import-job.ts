import type { PortfolioContext } from '../context.ts';
import type { ImportIssueRow, ImportJobRow } from '../loaders.ts';
import { type ImportTransactionsInput, importTransactions } from '../mutations/import-transactions.ts';
import { type ChangePayload, changeFor } from './change-context.ts';
import type { TokenReference } from './money.ts';

type Payload = ChangePayload<{ readonly id: string }>;

export const importJobResolvers = {
  Mutation: {
    async importTransactions(
      _parent: unknown,
      { input }: { readonly input: ImportTransactionsInput },
      context: PortfolioContext,
    ): Promise<Payload> {
      const payload = await changeFor(context, (environment) => importTransactions(input, environment));
      if (payload.id !== undefined) context.imports.wake();
      return payload;
    },
  },

  ImportTransactionsPayload: {
    job: ({ id }: Payload, _args: unknown, { loaders }: PortfolioContext) =>
      id === undefined ? null : loaders.importJobs.load(id),
  },

  ImportJob: {
    __resolveReference: async ({ id }: { readonly id: string }, { loaders }: PortfolioContext) =>
      (await loaders.importJobs.load(id)) ?? null,
    dryRun: ({ dry_run }: ImportJobRow) => dry_run === 1,
    processedLines: ({ processed_lines }: ImportJobRow) => processed_lines,
    totalLines: ({ total_lines }: ImportJobRow) => total_lines,
    importedCount: ({ imported_count }: ImportJobRow) => imported_count,
    duplicateCount: ({ duplicate_count }: ImportJobRow) => duplicate_count,
    issues: ({ id }: ImportJobRow, _args: unknown, { loaders }: PortfolioContext) =>
      loaders.importIssues.load(id),
    createdAt: ({ created_at }: ImportJobRow) => created_at,
    finishedAt: ({ finished_at }: ImportJobRow) => finished_at,
  },

  ImportIssue: {
    candidates: ({ candidates }: ImportIssueRow): TokenReference[] =>
      (JSON.parse(candidates) as string[]).map((id) => ({ id })),
  },
};
