import type { JWTPayload } from 'jose';
import type { IssuerSettings } from '../../config/auth-settings.ts';
import type { Caller } from '../../context.ts';
import { isJsonObject } from '../../lib/json-object.ts';

const MAX_NAME = 200;

/**
 * Maps the claims of a verified token to a caller.
 *
 * An account that no claim names is the user's own with this issuer: it can never be that of an API key.
 *
 * @returns undefined when the claim of the user or of the account is missing or no short text
 */
export function callerOfClaims(payload: JWTPayload, settings: IssuerSettings): Caller | undefined {
  const { issuer, claims, tiers, defaultTier, allowedScopes } = settings;
  const userId = nameOf(claimAt(payload, claims.user));
  const accountId =
    claims.account === undefined ? `${issuer}#${userId}` : nameOf(claimAt(payload, claims.account));
  if (userId === undefined || accountId === undefined) return undefined;
  const tier = claims.tier === undefined ? undefined : claimAt(payload, claims.tier);
  return Object.freeze({
    tier: typeof tier === 'string' && Object.hasOwn(tiers, tier) ? (tiers[tier] ?? defaultTier) : defaultTier,
    scopes: new Set(
      scopesOf(claimAt(payload, claims.scopes)).filter((scope) => allowedScopes.includes(scope)),
    ),
    accountId,
    userId,
  });
}

/** A claim by its name, which may hold dots itself, else by its path. */
function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const step of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME ? value : undefined;
}

function scopesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((scope) => typeof scope === 'string') : [];
}
