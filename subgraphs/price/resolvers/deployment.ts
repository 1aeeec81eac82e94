import type { PriceContext } from '../price-context.ts';
import type { RecordedChain, RecordedDeployment, RecordedToken } from '../recording/recording-set.ts';

/** Resolvers of `TokenDeployment`. */
export const tokenDeploymentResolvers = {
  __resolveReference({ caip19 }: { caip19: string }, { registry }: PriceContext): RecordedDeployment | null {
    return registry.deployment(caip19) ?? null;
  },
  chain: ({ chainId }: RecordedDeployment, _args: unknown, { registry }: PriceContext) =>
    registry.chain(chainId),
  token: ({ tokenId }: RecordedDeployment, _args: unknown, { registry }: PriceContext) =>
    registry.token(tokenId),
};

/** Resolvers of `Chain`. */
export const chainResolvers = {
  __resolveReference({ id }: { id: string }, { registry }: PriceContext): RecordedChain | null {
    return registry.chain(id) ?? null;
  },
  nativeToken(
    { nativeTokenId }: RecordedChain,
    _args: unknown,
    { registry }: PriceContext,
  ): RecordedToken | null {
    return nativeTokenId === null ? null : (registry.token(nativeTokenId) ?? null);
  },
};
