import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { RedisClient } from '../storage/redis.ts';
import type { CallerIdentifierOptions } from './identify-caller.ts';
import { createIssuerKeys, type IssuerKeys } from './jwt/issuer-keys.ts';
import { type BearerTokenVerifier, createBearerTokenVerifier } from './jwt/verify-bearer-token.ts';
import { createKeyUsage, type KeyUsage } from './key-usage.ts';
import { createOldSecretReport } from './report-old-secret.ts';
import { createMemoryNonceStore, createRedisNonceStore, type NonceStore } from './signature/nonce-store.ts';

type AuthSettings = GatewaySettings['auth'];

export interface CallerMemoryOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Where nonces are kept for all workers and machines; without it this process keeps its own. */
  readonly redis?: RedisClient | undefined;
}

/** What identifying callers has learnt and must not forget because a key changed: issuers' keys, tokens, nonces, uses. */
export interface CallerMemory {
  readonly usage: KeyUsage;
  /** What an identifier of these settings works with; the same parts as long as the settings are the same. */
  for(
    settings: AuthSettings,
  ): Pick<CallerIdentifierOptions, 'tokens' | 'nonces' | 'skewSeconds' | 'usage' | 'onOldSecret' | 'now'>;
}

export function createCallerMemory({ log, metrics, redis }: CallerMemoryOptions): CallerMemory {
  const usage = createKeyUsage();
  const onOldSecret = createOldSecretReport(log, metrics);
  /** By their URL: they outlive every snapshot, since an issuer may be away when the next one comes. */
  const issuerKeys = new Map<string, IssuerKeys>();
  let nonces: NonceStore | undefined = redis === undefined ? undefined : createRedisNonceStore(redis);
  let tokens: { readonly settings: string; readonly verifier: BearerTokenVerifier } | undefined;

  const keysOf = (url: string): IssuerKeys => {
    const keys = issuerKeys.get(url) ?? createIssuerKeys({ url, log });
    issuerKeys.set(url, keys);
    return keys;
  };
  const verifierOf = ({ issuers }: AuthSettings): BearerTokenVerifier => {
    const settings = JSON.stringify(issuers);
    if (tokens?.settings !== settings) {
      const verifier = createBearerTokenVerifier({
        issuers,
        keysOf: ({ jwksUrl }) => keysOf(jwksUrl),
        now: Date.now,
      });
      tokens = { settings, verifier };
    }
    return tokens.verifier;
  };
  return {
    usage,
    for(settings) {
      // Made once, with the first settings: a new one would have forgotten which nonces were used.
      nonces ??= createMemoryNonceStore(settings.signatures.nonces);
      return {
        tokens: verifierOf(settings),
        nonces,
        skewSeconds: settings.signatures.skewSeconds,
        usage,
        onOldSecret,
        now: Date.now,
      };
    },
  };
}
