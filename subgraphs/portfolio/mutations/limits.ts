/**
 * The most entries of one ledger: what `Portfolio.ledger` hands to the subgraph that measures performance, which
 * needs all of them.
 */
export const MAX_LEDGER_ENTRIES = 10_000;
/** The most portfolios of one user, archived ones included. */
export const MAX_PORTFOLIOS = 100;
/** The most watchlists of one user. */
export const MAX_WATCHLISTS = 50;
/** The most tokens of one watchlist. */
export const MAX_WATCHLIST_TOKENS = 250;
/** The most imports of one user that wait or run at the same time. */
export const MAX_OPEN_IMPORTS = 5;
/** The largest file of an import. */
export const MAX_IMPORT_BYTES = 1024 * 1024;
