import type { FastifyInstance } from 'fastify';
import { DocumentPending, type DocumentSource } from './documents.ts';

/** How long a reader should wait for a document that is not there yet. */
const RETRY_AFTER_SECONDS = 5;

/**
 * Registers read-only routes that answer documents, 304 to whoever has the current one, or 503 with a reason before
 * there is one.
 */
export function registerDocumentRoutes(
  app: FastifyInstance,
  routes: Readonly<Record<string, DocumentSource>>,
): void {
  for (const [path, source] of Object.entries(routes)) {
    app.get(path, async (request, reply) => {
      const document = await source().catch((error: unknown) => {
        if (error instanceof DocumentPending) return error;
        throw error;
      });
      if (document instanceof DocumentPending) {
        return reply.code(503).header('retry-after', RETRY_AFTER_SECONDS).send({ reason: document.message });
      }
      const { body, etag } = document;
      reply.header('etag', etag).header('cache-control', 'private, no-cache');
      if (namesTag(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return reply.type('application/json; charset=utf-8').send(body);
    });
  }
}

/** Whether `If-None-Match` names an entity tag, by weak comparison (RFC 9110, section 13.1.2). */
function namesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
