/** Where the app asks, and as whom. */
export interface Connection {
  readonly url: string;
  readonly key: string;
  readonly portfolioId: string;
}

const STORAGE_KEY = 'connection';
const DEFAULTS: Connection = {
  url: import.meta.env.VITE_API_URL ?? 'http://127.0.0.1:4000/graphql',
  key: '',
  portfolioId: import.meta.env.VITE_PORTFOLIO_ID ?? '',
};

/** What was entered in this tab. The key is never part of the build, where everybody could read it. */
export function loadConnection(): Connection {
  try {
    return { ...DEFAULTS, ...JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '{}') };
  } catch {
    return DEFAULTS;
  }
}

/** Keeps it until the tab is closed. */
export function saveConnection(connection: Connection): void {
  sessionStorage.setItem(STORAGE_KEY, JSON.stringify(connection));
}

/** Forgets key and portfolio; the address is no secret, and whoever comes next asks the same gateway. */
export function forgetConnection(): void {
  saveConnection({ ...DEFAULTS, url: loadConnection().url });
}
