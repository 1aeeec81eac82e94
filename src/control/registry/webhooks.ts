import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { RequestError } from '../../errors/errors.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Database } from '../../storage/database.ts';
import { type EgressPolicy, guardedLookup, refuseOutboundUrl } from '../../transport/egress-guard.ts';

/** What receivers are told. */
export interface RegistryEvent {
  readonly type: 'published' | 'publish_refused' | 'rolled_back';
  readonly subgraph: string | null;
  /** The version that is served after it. */
  readonly version: number | null;
  readonly author: string;
  readonly reason: string;
  /** The code of a refusal. */
  readonly code: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface ListedWebhook {
  readonly id: string;
  readonly url: string;
}

/** Receivers of what happens in the registry. */
export interface Webhooks {
  /**
   * @returns the key of its signatures: shown once, kept nowhere
   * @throws RequestError ROUTING_URL_FORBIDDEN: nothing would ever be delivered there
   */
  add(url: string): Promise<{ readonly id: string; readonly secret: string }>;
  list(): Promise<readonly ListedWebhook[]>;
  remove(id: string): Promise<boolean>;
  /** Tells all receivers; tries each three times. Never throws: a receiver that is away holds nobody up. */
  tell(event: RegistryEvent): Promise<void>;
}

export interface WebhooksOptions {
  readonly database: Database;
  /** The keys of signatures are derived from it, so that none is stored. */
  readonly pepper: string;
  readonly egress: () => EgressPolicy;
  readonly log: Logger;
  /** Before the second and the third attempt, in milliseconds. */
  readonly pausesMs?: readonly number[];
  readonly now?: () => number;
}

const TIMEOUT_MS = 5_000;
const PAUSES_MS = [1_000, 5_000];

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { database, pepper, egress, log, pausesMs = PAUSES_MS, now = Date.now } = options;
  const secretOf = (id: string): string => createHmac('sha256', pepper).update(`webhook ${id}`).digest('hex');

  const deliver = async ({ id, url }: ListedWebhook, body: string): Promise<void> => {
    const signature = signWebhook(secretOf(id), body, Math.floor(now() / 1000));
    let failure: unknown;
    for (const waitMs of [0, ...pausesMs]) {
      if (waitMs > 0) await pause(waitMs);
      try {
        return await post(url, body, signature, egress());
      } catch (error) {
        failure = error;
      }
    }
    // The path, too, is a secret of many a receiver.
    log.warn(
      { origin: new URL(url).origin, reason: (failure as Error).message },
      'a webhook could not be told',
    );
  };

  return {
    async add(url) {
      const refusal = await refuseOutboundUrl(url, egress());
      if (refusal !== undefined) throw new RequestError('ROUTING_URL_FORBIDDEN', { message: refusal });
      const id = randomBytes(8).toString('hex');
      await database.insertInto('webhook').values({ id, url, created_at: now() }).execute();
      return { id, secret: secretOf(id) };
    },
    list: () => database.selectFrom('webhook').select(['id', 'url']).orderBy('created_at').execute(),
    async remove(id) {
      const { numDeletedRows } = await database.deleteFrom('webhook').where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n;
    },
    async tell(event) {
      const body = JSON.stringify(event);
      try {
        const receivers = await database.selectFrom('webhook').select(['id', 'url']).execute();
        await Promise.all(receivers.map((receiver) => deliver(receiver, body)));
      } catch (error) {
        log.warn({ err: error }, 'nobody knows who is to be told');
      }
    },
  };
}

/**
 * The header that proves where a message comes from: `t=SECONDS,v1=HEX`, the HMAC-SHA256 of seconds, a point, and
 * the body. Whoever checks it also refuses old times, so that a message cannot be sent again later.
 */
export function signWebhook(secret: string, body: string, atSeconds: number): string {
  const mac = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  return `t=${atSeconds},v1=${mac}`;
}

async function post(url: string, body: string, signature: string, policy: EgressPolicy): Promise<void> {
  const refusal = await refuseOutboundUrl(url, policy);
  if (refusal !== undefined) throw new Error(refusal);
  const dispatcher = new Agent({ connect: { lookup: guardedLookup(policy), timeout: TIMEOUT_MS } });
  try {
    const { statusCode, body: answer } = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tributary-signature': signature },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.dump();
    if (statusCode >= 300) throw new Error(`it answered ${statusCode}`);
  } finally {
    await dispatcher.destroy();
  }
}
