import { z } from 'zod';
import { type Decimal, parseDecimal } from '../../shared/decimal.ts';

const decimal = z.string().transform((text, context): Decimal => {
  const value = parseDecimal(text);
  if (value !== undefined) return value;
  context.issues.push({ code: 'custom', message: 'expected a Decimal', input: text });
  return z.NEVER;
});
const money = z.object({ amount: decimal, currency: z.string() });
const tokenId = z.object({ id: z.string() }).transform(({ id }) => id);

const holding = z.object({ costBasis: money, value: money.nullable() });

const valued = z.object({
  baseCurrency: z.string(),
  positions: z.array(z.object({ quantity: decimal, token: tokenId })),
});

const recorded = z.object({
  baseCurrency: z.string(),
  ledger: z.array(
    z.object({
      at: z.iso.datetime().transform((text) => Date.parse(text)),
      quantityDelta: decimal,
      externalFlow: decimal,
      token: tokenId,
    }),
  ),
});

/** What `Holding.unrealizedPnl` requires. */
export type HoldingInputs = z.infer<typeof holding>;
/** What `Portfolio.allocation` and `Portfolio.risk` require; `token` is the token's id. */
export type PortfolioPositions = z.infer<typeof valued>;
export type Position = PortfolioPositions['positions'][number];
/** What `Portfolio.performance` requires; `at` in milliseconds since the epoch, `token` the token's id. */
export type PortfolioLedger = z.infer<typeof recorded>;
export type LedgerEntry = PortfolioLedger['ledger'][number];

/**
 * Read the representations that the gateway hands over: the fields that another subgraph owns and `@requires` asks
 * for. They throw on a form that the SDL rules out, since an answer computed from a part would be wrong.
 */
export const readHoldingInputs = (representation: unknown): HoldingInputs => holding.parse(representation);
export const readPositions = (representation: unknown): PortfolioPositions => valued.parse(representation);
export const readLedger = (representation: unknown): PortfolioLedger => recorded.parse(representation);
