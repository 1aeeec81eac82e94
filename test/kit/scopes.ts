/** The scopes of the platform. */
export const SCOPES: readonly string[] = [
  ...['portfolio:read', 'portfolio:write', 'watchlist:read', 'watchlist:write', 'profile:read'],
  ...['analytics:pro', 'market:stream', 'platform:read', 'platform:write'],
];
