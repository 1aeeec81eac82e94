import type { FastifyInstance } from 'fastify';
import type { DocumentSource } from './documents.ts';

/** Registers read-only routes that answer documents, or 304 to whoever has the current one. */
export function registerDocumentRoutes(
  app: FastifyInstance,
  routes: Readonly<Record<string, DocumentSource>>,
): void {
  for (const [path, source] of Object.entries(routes)) {
    app.get(path, async (request, reply) => {
      const { body, etag } = await source();
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
