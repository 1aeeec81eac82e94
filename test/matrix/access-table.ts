import type { Caller } from '../../src/context.ts';

/** What one row of the table of rules asks of a caller. */
export interface Row {
  /** The caller must act for a user. */
  readonly user?: true;
  /** The caller must be known. */
  readonly known?: true;
  readonly scopes?: readonly string[];
}

const OWN = (...scopes: readonly string[]): Row => ({ user: true, scopes });
const RESEARCH: Row = { known: true, scopes: ['analytics:pro'] };

/**
 * Who may see what on the platform, written down a second time, from the table of the domain: what no row names is for
 * everybody. `Type.*` stands for the fields that have no row.
 */
const TABLE: Readonly<Record<string, Row>> = {
  'Token.grades': RESEARCH,
  'Token.signal': RESEARCH,
  'Query.correlationMatrix': { known: true },
  'Query.researchReports': RESEARCH,
  'ResearchReport.*': RESEARCH,
  'Query.me': OWN(),
  'User.*': OWN(),
  'User.email': OWN('profile:read'),
  'User.portfolios': OWN('portfolio:read'),
  'User.watchlists': OWN('watchlist:read'),
  'Query.portfolio': OWN('portfolio:read'),
  'Portfolio.*': OWN('portfolio:read'),
  'Portfolio.risk': OWN('portfolio:read', 'analytics:pro'),
  'Holding.*': OWN('portfolio:read'),
  'Transaction.*': OWN('portfolio:read'),
  'Query.watchlist': OWN('watchlist:read'),
  'Watchlist.*': OWN('watchlist:read'),
  'Mutation.*': OWN('portfolio:write'),
  'Mutation.saveWatchlist': OWN('watchlist:write'),
  'Mutation.refreshNewsSource': { known: true, scopes: ['platform:write'] },
  'Query.importJob': OWN('portfolio:write'),
  'ImportJob.*': OWN('portfolio:write'),
  'Query.priceProviders': { known: true, scopes: ['platform:read'] },
  'Query.apiUsage': { known: true },
};

/** The code that a caller is told at a field; undefined when the caller may see it. */
export function expectedCode(
  { tier, scopes, userId }: Caller,
  coordinate: string,
  table: Readonly<Record<string, Row>> = TABLE,
): 'UNAUTHENTICATED' | 'FORBIDDEN' | undefined {
  const row = table[coordinate] ?? table[`${coordinate.split('.')[0]}.*`];
  if (row === undefined) return undefined;
  if (tier === 'ANONYMOUS') return 'UNAUTHENTICATED';
  const holds =
    (row.user !== true || userId !== undefined) && (row.scopes ?? []).every((scope) => scopes.has(scope));
  return holds ? undefined : 'FORBIDDEN';
}
