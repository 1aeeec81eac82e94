import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWTHeaderParameters,
} from 'jose';
import { printableUrl } from '../../lib/printable-url.ts';
import type { Logger } from '../../observability/logger.ts';
import { fetchJwks } from './fetch-jwks.ts';

/** The issuer's keys were never fetched and cannot be fetched now: nobody can say whether a token is good. */
export class IssuerAway extends Error {
  override readonly name = 'IssuerAway';
}

/** The public keys of one issuer, as `jwtVerify` asks for them. */
export type IssuerKeys = (header: JWTHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

export interface IssuerKeysOptions {
  readonly url: string;
  readonly log: Logger;
  /** A clock in milliseconds that never goes back. */
  readonly now?: () => number;
  readonly fetch?: (url: string) => Promise<JSONWebKeySet>;
}

/** Between two fetches, whatever asks for them: tokens with made-up key ids must not become load for the issuer. */
export const REFETCH_PAUSE_MS = 30_000;
/** After this the keys are fetched anew beside the requests, so that a key that was withdrawn ends. */
const REFRESH_AFTER_MS = 10 * 60_000;

/**
 * Keeps the public keys of an issuer. They are fetched when first needed, when a token names a key that is not among
 * them, and now and then; what was fetched stays in use as long as the issuer cannot be reached.
 */
export function createIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { url, log, now = () => performance.now(), fetch = fetchJwks } = options;
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let fetchedAtMs = 0;
  let nextFetchAtMs = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  /** Waits for a fetch that is under way; begins one where the pause is over. */
  const refresh = async (): Promise<void> => {
    if (fetching === undefined && now() >= nextFetchAtMs) {
      nextFetchAtMs = now() + REFETCH_PAUSE_MS;
      fetching = fetch(url)
        .then((found) => {
          keys = createLocalJWKSet(found);
          fetchedAtMs = now();
        })
        .catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          log.warn(
            { url: printableUrl(url), reason },
            'the keys of an issuer cannot be fetched; those that are known hold',
          );
        })
        .finally(() => {
          fetching = undefined;
        });
    }
    await fetching;
  };
  const find: IssuerKeys = async (header, token) => {
    if (keys === undefined) throw new IssuerAway(printableUrl(url));
    return (await keys(header, token)) as CryptoKey;
  };

  return async (header, token) => {
    if (keys === undefined) await refresh();
    else if (now() - fetchedAtMs > REFRESH_AFTER_MS) void refresh();
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refresh();
      return find(header, token);
    }
  };
}
