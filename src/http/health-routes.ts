import type { FastifyInstance } from 'fastify';

/** Load balancers often ask with HEAD. */
const WITH_HEAD = { exposeHeadRoute: true };

/**
 * `/health/live`: the process answers. `/health/ready`: it wants traffic; 503 with the reasons when it does not.
 *
 * @param reasons - why the process wants no traffic now; none when it does
 */
export function addHealthRoutes(app: FastifyInstance, reasons: () => readonly string[]): void {
  app.get('/health/live', WITH_HEAD, async (_request, reply) => reply.send({ status: 'live' }));
  app.get('/health/ready', WITH_HEAD, async (_request, reply) => {
    const notReady = reasons();
    return notReady.length === 0
      ? reply.send({ status: 'ready' })
      : reply.code(503).send({ status: 'not ready', reasons: notReady });
  });
}
