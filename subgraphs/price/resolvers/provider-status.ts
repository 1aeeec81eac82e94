import type { ProviderStatus } from '../providers/stack/provider-stack.ts';

/** Resolvers of `PriceProviderStatus`. */
export const providerStatusResolvers = {
  lastSuccessAt: ({ lastSuccessAtMs }: ProviderStatus): Date | null =>
    lastSuccessAtMs === undefined ? null : new Date(lastSuccessAtMs),
};
