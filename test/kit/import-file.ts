import assert from 'node:assert/strict';
import { ADA, freshKey, LONG_TERM, type TestPortfolio } from './test-portfolio.ts';

const JOB = `id state dryRun processedLines totalLines importedCount duplicateCount createdAt finishedAt
  issues { line message candidates { id } }`;
const IMPORT = `mutation ($input: ImportTransactionsInput!) { importTransactions(input: $input) {
  job { ${JOB} } userErrors { field message code } } }`;

/** `ImportJob`, as a client sees it. */
export interface SeenImport {
  readonly id: string;
  readonly state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'PARTIALLY_SUCCEEDED' | 'FAILED';
  readonly processedLines: number;
  readonly totalLines: number;
  readonly importedCount: number;
  readonly duplicateCount: number;
  readonly finishedAt: string | null;
  readonly issues: readonly {
    readonly line: number;
    readonly message: string;
    readonly candidates: readonly { readonly id: string }[];
  }[];
}

/** Sends a file. */
export async function sendFile(
  portfolio: Pick<TestPortfolio, 'ask'>,
  input: Record<string, unknown>,
  claims = ADA,
) {
  const { data, errors } = await portfolio.ask(
    IMPORT,
    { input: { idempotencyKey: freshKey(), portfolioId: LONG_TERM, format: 'GENERIC_CSV', ...input } },
    claims,
  );
  assert.deepEqual(errors, []);
  return data.importTransactions as {
    readonly job: SeenImport | null;
    readonly userErrors: readonly { readonly field: readonly string[] | null; readonly code: string }[];
  };
}

/** Asks for an import until it has ended, as a client does. */
export async function awaitImport(
  portfolio: Pick<TestPortfolio, 'ask'>,
  id: string,
  claims = ADA,
): Promise<SeenImport> {
  for (;;) {
    const { data, errors } = await portfolio.ask(
      `query ($id: ID!) { importJob(id: $id) { ${JOB} } }`,
      { id },
      claims,
    );
    assert.deepEqual(errors, []);
    if (data.importJob?.finishedAt !== null) return data.importJob;
  }
}

/** Sends a file and waits until its import has ended. */
export async function importFile(
  portfolio: Pick<TestPortfolio, 'ask'>,
  input: Record<string, unknown>,
): Promise<SeenImport> {
  const { job, userErrors } = await sendFile(portfolio, input);
  assert.deepEqual(userErrors, []);
  assert.ok(job !== null);
  return awaitImport(portfolio, job.id);
}
