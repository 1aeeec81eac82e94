import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseApiKey } from '../auth/api-key.ts';
import { findSecret } from '../auth/find-secret.ts';
import type { KeyGuards } from '../auth/key-verifier.ts';
import type { Tier } from '../context.ts';
import { writeFileAtomic } from '../lib/write-file-atomic.ts';
import type { KeyStore } from './key-store.ts';

const CUSTOMER_SCOPES = [
  'portfolio:read',
  'portfolio:write',
  'watchlist:read',
  'watchlist:write',
  'profile:read',
];
const PAID_SCOPES = [...CUSTOMER_SCOPES, 'market:stream', 'analytics:pro'];
const OPERATOR_SCOPES = [...PAID_SCOPES, 'platform:read', 'platform:write'];

/** The keys of the demo by their names in `demo.json`: the tier and the scopes that it may have. */
const DEMO_KEYS = {
  free: { tier: 'FREE', scopes: CUSTOMER_SCOPES },
  pro: { tier: 'PRO', scopes: PAID_SCOPES },
  business: { tier: 'BUSINESS', scopes: PAID_SCOPES },
  operator: { tier: 'ENTERPRISE', scopes: OPERATOR_SCOPES },
} as const satisfies Record<string, { tier: Tier; scopes: readonly string[] }>;

type DemoKeyName = keyof typeof DEMO_KEYS;
const DEMO_KEY_NAMES = Object.keys(DEMO_KEYS) as DemoKeyName[];

const demoKeys = z.object({ free: z.string(), pro: z.string(), business: z.string(), operator: z.string() });
const demoFile = z.object({ keys: demoKeys });

/** The texts of the demo's keys. They stand in `demo.json` and nowhere else. */
export type DemoKeys = z.infer<typeof demoKeys>;

/** A user of the demo, with the portfolio and the watchlist that examples use. */
export interface DemoUser {
  readonly id: string;
  readonly portfolioId: string;
  readonly watchlistId: string;
}

/** What `demo.json` says: all that a first request needs. */
export interface DemoDescription {
  readonly graphql: string;
  readonly admin: string;
  readonly users: readonly DemoUser[];
  readonly keys: DemoKeys;
}

const owned = z.array(z.object({ id: z.string(), ownerId: z.string() }));
const userList = z.array(z.object({ id: z.string() }));
const watchlistList = z.array(
  z.object({ id: z.string(), ownerId: z.string(), tokenIds: z.array(z.string()) }),
);

/**
 * Reads the users of the demo from the portfolio subgraph's data files: the oldest portfolio of each, and the
 * longest of their watchlists.
 *
 * @param folder - `subgraphs/portfolio/demo/`
 */
export function readDemoUsers(folder: URL): readonly DemoUser[] {
  const read = <Schema extends z.ZodType>(name: string, schema: Schema): z.infer<Schema> =>
    schema.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
  const portfolios = read('portfolios.json', owned);
  const watchlists = read('watchlists.json', watchlistList);
  return read('users.json', userList).flatMap(({ id }) => {
    const portfolio = portfolios.find(({ ownerId }) => ownerId === id);
    const [watchlist] = watchlists
      .filter(({ ownerId }) => ownerId === id)
      .sort((left, right) => right.tokenIds.length - left.tokenIds.length);
    return portfolio === undefined || watchlist === undefined
      ? []
      : [{ id, portfolioId: portfolio.id, watchlistId: watchlist.id }];
  });
}

/**
 * The demo's keys: those of `demo.json` while the store knows all of them, else new ones, which end the old.
 *
 * @param userId - the user that the keys act for
 */
export async function openDemoKeys(
  file: string,
  store: KeyStore,
  guards: KeyGuards,
  userId: string,
): Promise<DemoKeys> {
  const active = await store.active();
  const isKnown = (text: string): boolean => {
    const parts = parseApiKey(text);
    const record = active.find(({ id }) => id === parts?.id);
    return (
      parts !== undefined &&
      record !== undefined &&
      findSecret(record, parts.secret, guards.keyPeppers) !== undefined
    );
  };
  const kept = readDemoKeys(file);
  if (kept !== undefined && DEMO_KEY_NAMES.every((name) => isKnown(kept[name]))) return kept;

  const demoAccounts = new Set(DEMO_KEY_NAMES.map(accountOf));
  for (const { id, accountId } of active) if (demoAccounts.has(accountId)) await store.revoke(id);
  const texts: [DemoKeyName, string][] = [];
  for (const name of DEMO_KEY_NAMES) {
    const { text } = await store.create({
      name: `demo ${name}`,
      ...DEMO_KEYS[name],
      accountId: accountOf(name),
      userId,
    });
    texts.push([name, text]);
  }
  return demoKeys.parse(Object.fromEntries(texts));
}

/** Writes `demo.json`, which only its owner may read. */
export function writeDemoFile(file: string, description: DemoDescription): void {
  writeFileAtomic(file, `${JSON.stringify(description, null, 2)}\n`, 0o600);
}

/** One account for each plan: budgets belong to accounts. */
function accountOf(name: DemoKeyName): string {
  return `acc_demo_${name}`;
}

function readDemoKeys(file: string): DemoKeys | undefined {
  try {
    return demoFile.parse(JSON.parse(readFileSync(file, 'utf8'))).keys;
  } catch {
    return undefined;
  }
}
