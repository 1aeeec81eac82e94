import { z } from 'zod';
import { PUBLISHER_ACTIONS } from '../../control/registry/actor.ts';
import type { OpenRegistry } from '../../control/registry/open-registry.ts';
import { RequestError } from '../../errors/errors.ts';
import { type AdminRoute, defineRoute, notFound } from '../admin-route.ts';

const MAX_TEXT = 200;
const MAX_REASON = 2_000;
const MAX_URL = 2_000;
const LISTED = 50;

const name = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][\w-]*$/, 'expected a name of letters, digits, "_" and "-"');
const text = z.string().min(1).max(MAX_TEXT);
const url = z.string().min(1).max(MAX_URL);
const version = z.int().min(1);

const checkRequest = z.strictObject({
  sdl: z.string().min(1),
  routingUrl: url.optional(),
  parent: version.optional(),
});
const publishRequest = checkRequest.extend({
  reason: z.string().max(MAX_REASON).default(''),
  owner: text.optional(),
  clientToken: text.optional(),
  probe: z.boolean().default(true),
  takeOver: z.boolean().default(false),
});
const listQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(LISTED) });

/** `/api/subgraphs`, `/api/versions`, `/api/tokens`, `/api/audit`, `/api/webhooks`: the registry. */
export function createRegistryRoutes({
  registry,
  tokens,
  audit,
  webhooks,
}: Pick<OpenRegistry, 'registry' | 'tokens' | 'audit' | 'webhooks'>): readonly AdminRoute[] {
  return [
    defineRoute('POST /subgraphs/:name/check', {
      body: checkRequest,
      isOpenToPublishers: true,
      handle: async ({ parameters, body, actor }) => ({
        ...(await (await registry()).check({ subgraph: readName(parameters), ...body }, actor)),
      }),
    }),
    defineRoute('POST /subgraphs/:name/publish', {
      body: publishRequest,
      isOpenToPublishers: true,
      handle: async ({ parameters, body, actor }) => ({
        ...(await (await registry()).publish({ subgraph: readName(parameters), ...body }, actor)),
      }),
    }),
    defineRoute('GET /versions', {
      query: listQuery,
      isOpenToPublishers: true,
      handle: async ({ query }) => ({ ...(await (await registry()).versions(query.limit)) }),
    }),
    defineRoute('POST /rollback', {
      body: z.strictObject({ version: version.optional(), reason: z.string().max(MAX_REASON).default('') }),
      handle: async ({ body, actor }) => (await registry()).rollBack(body.version, body.reason, actor),
    }),
    defineRoute('GET /audit', {
      query: listQuery,
      handle: async ({ query }) => ({ entries: await audit.list(query.limit) }),
    }),
    defineRoute('GET /tokens', { handle: async () => ({ tokens: await tokens.list() }) }),
    defineRoute('POST /tokens', {
      body: z.strictObject({
        name: text,
        subgraph: name,
        owner: text,
        actions: z
          .array(z.enum(PUBLISHER_ACTIONS))
          .min(1)
          .default([...PUBLISHER_ACTIONS]),
      }),
      async handle({ body }) {
        const { id, text: token } = await tokens.create(body);
        return { id, token };
      },
    }),
    defineRoute('DELETE /tokens/:id', {
      async handle({ parameters: { id = '' } }) {
        if (!(await tokens.revoke(id))) throw notFound(`token ${id}`);
        return { id, revoked: true };
      },
    }),
    defineRoute('GET /webhooks', { handle: async () => ({ webhooks: await webhooks.list() }) }),
    defineRoute('POST /webhooks', {
      body: z.strictObject({ url }),
      handle: async ({ body }) => webhooks.add(body.url),
    }),
    defineRoute('DELETE /webhooks/:id', {
      async handle({ parameters: { id = '' } }) {
        if (!(await webhooks.remove(id))) throw notFound(`webhook ${id}`);
        return { id, removed: true };
      },
    }),
  ];
}

/** @throws RequestError BAD_USER_INPUT */
function readName(parameters: Readonly<Record<string, string>>): string {
  const parsed = name.safeParse(parameters.name);
  if (parsed.success) return parsed.data;
  throw new RequestError('BAD_USER_INPUT', { message: `subgraph: ${parsed.error.issues[0]?.message}` });
}
