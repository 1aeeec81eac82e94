import type { PortfolioContext } from '../context.ts';
import type { TokenTable } from '../storage/tables.ts';
import type { TokenReference } from './money.ts';

/** @throws when the registry has not told the token yet; `/health` says so until it has */
async function describe({ id }: TokenReference, { loaders }: PortfolioContext): Promise<TokenTable> {
  const token = await loaders.tokens.load(id);
  if (token === undefined) throw new Error(`The registry has not told the ticker of ${id}.`);
  return token;
}

/** Reached where `@provides` says so: through entries and holdings. */
export const tokenResolvers = {
  Token: {
    symbol: async (token: TokenReference, _args: unknown, context: PortfolioContext) =>
      (await describe(token, context)).symbol,
    name: async (token: TokenReference, _args: unknown, context: PortfolioContext) =>
      (await describe(token, context)).name,
  },
};
