import { z } from 'zod';
import type { CheckedDocuments } from '../../control/documents/check-documents.ts';
import type { DocumentStore } from '../../control/documents/document-store.ts';
import { listDocuments } from '../../control/documents/list-documents.ts';
import type { UsageQueries } from '../../control/usage/usage-queries.ts';
import { RequestError } from '../../errors/errors.ts';
import { type AdminRoute, defineRoute } from '../admin-route.ts';

const MAX_DOCUMENTS = 10_000;
const MAX_TEXT = 200;
/** So many characters of a client's name are looked at in a request. */
const MAX_CLIENT = 100;
const DAYS_BY_DEFAULT = 30;
const MOST_DAYS = 3_660;
const text = z.string().min(1).max(MAX_TEXT);
const id = z.string().min(1).max(256);

const publication = z.strictObject({
  version: text.exactOptional(),
  documents: z
    .array(z.strictObject({ id, text: z.string().min(1) }))
    .min(1)
    .max(MAX_DOCUMENTS)
    .refine((all) => new Set(all.map((each) => each.id)).size === all.length, 'an id stands there twice'),
  dryRun: z.boolean().default(false),
});

const retired = z.union([
  z.strictObject({ ids: z.array(id).min(1).max(MAX_DOCUMENTS) }),
  z.strictObject({ version: text }),
]);

export interface OperationRoutesOptions {
  readonly documents: DocumentStore;
  readonly queries: Pick<UsageQueries, 'traffic'>;
  /** Checks the documents of a manifest against what is served now. */
  readonly checkDocuments: (
    documents: readonly { readonly id: string; readonly text: string }[],
    client: string,
  ) => Promise<CheckedDocuments>;
}

/** `/api/operations`: the life of trusted documents. */
export function createOperationRoutes({
  documents,
  queries,
  checkDocuments,
}: OperationRoutesOptions): readonly AdminRoute[] {
  return [
    defineRoute('GET /operations', {
      query: z.strictObject({
        client: text.exactOptional(),
        /** How many days of traffic. */
        days: z.coerce.number().int().min(1).max(MOST_DAYS).default(DAYS_BY_DEFAULT),
      }),
      handle: async ({ query: { client, days } }) => ({
        operations: await listDocuments({ documents, queries, client, days, nowMs: Date.now() }),
      }),
    }),
    defineRoute('POST /operations/:client/publish', {
      body: publication,
      async handle({ parameters, body: { version, documents: manifest, dryRun } }) {
        const client = clientOf(parameters);
        const checked = await checkDocuments(manifest, client);
        if (checked.faults.length > 0) {
          const bad = new Set(checked.faults.map((fault) => fault.id)).size;
          throw new RequestError('GRAPHQL_VALIDATION_FAILED', {
            message: `${bad} of ${manifest.length} documents cannot be published; nothing was changed.`,
            extensions: { faults: checked.faults },
          });
        }
        const result = await documents.publish({ client, version, documents: checked.documents }, dryRun);
        return { ...result, dryRun, costs: checked.costs };
      },
    }),
    defineRoute('POST /operations/:client/retire', {
      body: retired,
      async handle({ parameters, body }) {
        const client = clientOf(parameters);
        return { client, retired: await documents.retire(client, body) };
      },
    }),
  ];
}

function clientOf({ client = '' }: Readonly<Record<string, string>>): string {
  if (client.length >= 1 && client.length <= MAX_CLIENT) return client;
  throw new RequestError('BAD_USER_INPUT', {
    message: `The name of a client has 1 to ${MAX_CLIENT} characters.`,
  });
}
