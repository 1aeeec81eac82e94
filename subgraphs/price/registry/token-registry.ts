import type {
  RecordedChain,
  RecordedDeployment,
  RecordedToken,
  RecordingSet,
} from '../recording/recording-set.ts';

/** The tokens, contracts and chains that the platform knows, largest tokens first. Unchanging while it runs. */
export interface TokenRegistry {
  readonly tokens: readonly RecordedToken[];
  readonly chains: readonly RecordedChain[];
  token(id: string): RecordedToken | undefined;
  chain(id: string): RecordedChain | undefined;
  /** Looks a contract up by its CAIP-19 id; addresses of EVM chains (`eip155`) in any letter case. */
  deployment(caip19: string): RecordedDeployment | undefined;
  deploymentsOf(tokenId: string): readonly RecordedDeployment[];
  /** All tokens with a ticker, in any letter case, in the registry's order. */
  tokensBySymbol(symbol: string): readonly RecordedToken[];
}

/** Reads the registry from recorded sets; where two know the same token, the first one is taken. */
export async function readTokenRegistry(sets: readonly RecordingSet[]): Promise<TokenRegistry> {
  const [tokens, deployments, chains] = await Promise.all([
    readAll(sets, (set) => set.tokens()),
    readAll(sets, (set) => set.deployments()),
    readAll(sets, (set) => set.chains()),
  ]);
  return createTokenRegistry(tokens, deployments, chains);
}

async function readAll<Item>(
  sets: readonly RecordingSet[],
  read: (set: RecordingSet) => Promise<readonly Item[]>,
): Promise<readonly Item[]> {
  return (await Promise.all(sets.map(read))).flat();
}

/** Builds the look-ups of a registry. */
export function createTokenRegistry(
  tokens: readonly RecordedToken[],
  deployments: readonly RecordedDeployment[],
  chains: readonly RecordedChain[],
): TokenRegistry {
  const byId = firstByKey(tokens, ({ id }) => id);
  const unique = [...byId.values()];
  const chainsById = firstByKey(chains, ({ id }) => id);
  const byCaip19 = firstByKey(deployments, ({ caip19 }) => normaliseCaip19(caip19));
  const deploymentsByToken = Map.groupBy(byCaip19.values(), ({ tokenId }) => tokenId);
  const bySymbol = Map.groupBy(unique, ({ symbol }) => symbol.toLowerCase());
  return {
    tokens: unique,
    chains: [...chainsById.values()],
    token: (id) => byId.get(id),
    chain: (id) => chainsById.get(id),
    deployment: (caip19) => byCaip19.get(normaliseCaip19(caip19)),
    deploymentsOf: (tokenId) => deploymentsByToken.get(tokenId) ?? [],
    tokensBySymbol: (symbol) => bySymbol.get(symbol.toLowerCase()) ?? [],
  };
}

/** The hexadecimal addresses of EVM chains mean the same in any letter case; other namespaces tell cases apart. */
function normaliseCaip19(caip19: string): string {
  return /^eip155:/i.test(caip19) ? caip19.toLowerCase() : caip19;
}

function firstByKey<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item> {
  const byKey = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    if (!byKey.has(key)) byKey.set(key, item);
  }
  return byKey;
}
