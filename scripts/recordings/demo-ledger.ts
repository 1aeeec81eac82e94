import { Decimal } from './decimal.ts';
import type { PortfolioPlan } from './demo-plans.ts';
import { demoSeed } from './demo-plans.ts';
import type { Close } from './price-model.ts';
import type { SeededRandom } from './seeded-random.ts';
import { createSeededRandom } from './seeded-random.ts';
import { addDays, startOfDayMs } from './utc-day.ts';

/** What an entry does; see `TransactionType` of the portfolio subgraph's schema. */
export type EntryType = 'BUY' | 'SELL' | 'TRANSFER_IN' | 'TRANSFER_OUT' | 'REWARD' | 'FEE';

/** A line of `ledger.csv` before it has an id; empty text stands for null. */
export interface LedgerDraft {
  readonly type: EntryType;
  readonly tokenId: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly fee: string;
  readonly executedAt: string;
  readonly externalId: string;
  readonly note: string;
}

/** An entry whose quantity waits for what is held at its turn. */
interface Intent {
  readonly type: EntryType;
  readonly tokenId: string;
  readonly executedAt: string;
  readonly size:
    | { readonly dollars: number }
    | { readonly shareOfHeld: string }
    | { readonly quantity: string; readonly unitPrice: string };
  readonly externalId: string;
  readonly note: string;
}

const firstDay = '2023-10-09';
const spanDays = 1020;
const acquisitions: ReadonlySet<EntryType> = new Set(['BUY', 'TRANSFER_IN', 'REWARD']);
const feeRate = '0.0025';

/** Whether an entry of this type adds to what is held. */
export function isAcquisition(type: EntryType): boolean {
  return acquisitions.has(type);
}

/**
 * Makes one portfolio's ledger in the order in which entries count: by time, acquisitions before
 * disposals at one instant. No disposal takes more than is held then.
 *
 * Unit prices are the recorded closes of the day, as text.
 *
 * @throws Error when a token has no close on a day that needs one
 */
export function makeLedger(
  plan: PortfolioPlan,
  closesByTokenId: ReadonlyMap<string, readonly Close[]>,
): LedgerDraft[] {
  const random = createSeededRandom(`${demoSeed}:ledger:${plan.owner}:${plan.name}`);
  const intents = [
    ...planSavings(plan),
    ...plan.boughtTokenIds.flatMap((tokenId) => planPurchases(tokenId, plan.purchases, random)),
    ...plan.closedTokenIds.flatMap((tokenId) => planClosedPosition(tokenId, random)),
    ...plan.soldTokenIds.flatMap((tokenId) => planSales(tokenId, random)),
    ...plan.stakedTokenIds.flatMap(planRewards),
    ...plan.receivedTokenIds.map((tokenId) => planReceipt(tokenId, random)),
    ...plan.sentTokenIds.flatMap((tokenId) => planSending(tokenId, random)),
    ...planUnpriced(plan),
  ];
  return settle(intents.toSorted(byEffect), closesByTokenId, random);
}

function byEffect(a: Intent, b: Intent): number {
  if (a.executedAt !== b.executedAt) return a.executedAt < b.executedAt ? -1 : 1;
  return Number(isAcquisition(b.type)) - Number(isAcquisition(a.type));
}

/** The savings plan buys all its tokens at one instant, at noon. */
function planSavings(plan: PortfolioPlan): Intent[] {
  return Array.from({ length: plan.savingDays }, (_, index) => {
    const day = addDays(firstDay, Math.floor((index * spanDays) / plan.savingDays));
    return plan.savedTokenIds.map((tokenId, position): Intent => {
      return {
        type: 'BUY',
        tokenId,
        executedAt: `${day}T12:00:00.000Z`,
        size: { dollars: Math.round(900 / (position + 1)) },
        externalId: `plan-${day}-${tokenId}`,
        note: 'Savings plan',
      };
    });
  }).flat();
}

/** The first purchase falls into the first hundred days, so that later disposals find something. */
function planPurchases(tokenId: string, count: number, random: SeededRandom): Intent[] {
  return Array.from({ length: count }, (_, index): Intent => {
    const day = index === 0 ? random.below(100) : 100 + random.below(spanDays - 100);
    return {
      type: 'BUY',
      tokenId,
      executedAt: instantOn(day, random),
      size: { dollars: 120 + random.below(900) },
      externalId: '',
      note: index === 0 ? 'First purchase' : '',
    };
  });
}

function planClosedPosition(tokenId: string, random: SeededRandom): Intent[] {
  const [purchase] = planPurchases(tokenId, 1, random);
  if (purchase === undefined) return [];
  const sale: Intent = {
    type: 'SELL',
    tokenId,
    executedAt: instantOn(300 + random.below(300), random),
    size: { shareOfHeld: '1' },
    externalId: '',
    note: 'Position closed',
  };
  return [purchase, sale];
}

/** Two sales; the second one goes with a purchase at the same instant. */
function planSales(tokenId: string, random: SeededRandom): Intent[] {
  const first = instantOn(200 + random.below(300), random);
  const second = instantOn(600 + random.below(300), random);
  const sale = { type: 'SELL' as const, tokenId, externalId: '', note: '' };
  return [
    { ...sale, executedAt: first, size: { shareOfHeld: `0.${15 + random.below(20)}` } },
    { ...sale, executedAt: second, size: { shareOfHeld: `0.${10 + random.below(20)}` } },
    {
      ...sale,
      type: 'BUY',
      executedAt: second,
      size: { dollars: 150 + random.below(200) },
      note: 'Swapped lots',
    },
  ];
}

function planRewards(tokenId: string): Intent[] {
  return [2, 3, 4, 5, 6, 7, 8, 9, 10].map((quarter): Intent => {
    const day = addDays(firstDay, quarter * 91);
    return {
      type: 'REWARD',
      tokenId,
      executedAt: `${day}T00:05:00.000Z`,
      size: { shareOfHeld: '0.009' },
      externalId: `reward-${day}-${tokenId}`,
      note: 'Staking',
    };
  });
}

function planReceipt(tokenId: string, random: SeededRandom): Intent {
  return {
    type: 'TRANSFER_IN',
    tokenId,
    executedAt: instantOn(150 + random.below(400), random),
    size: { dollars: 400 + random.below(600) },
    externalId: '',
    note: 'From the old wallet',
  };
}

/** A transfer out and its network fee, paid in the token at the same instant. */
function planSending(tokenId: string, random: SeededRandom): Intent[] {
  const executedAt = instantOn(500 + random.below(400), random);
  const common = { tokenId, executedAt, externalId: '' };
  return [
    { ...common, type: 'TRANSFER_OUT', size: { shareOfHeld: '0.1' }, note: 'To the hardware wallet' },
    { ...common, type: 'FEE', size: { shareOfHeld: '0.0001' }, note: 'Network fee' },
  ];
}

function planUnpriced({ unpriced }: PortfolioPlan): Intent[] {
  if (unpriced === null) return [];
  const { tokenId, quantity, unitPrice } = unpriced;
  return [
    {
      type: 'TRANSFER_IN',
      tokenId,
      executedAt: `${addDays(firstDay, 700)}T09:15:30.250Z`,
      size: { quantity, unitPrice },
      externalId: '',
      note: 'No market price',
    },
  ];
}

function instantOn(dayIndex: number, random: SeededRandom): string {
  return new Date(startOfDayMs(addDays(firstDay, dayIndex)) + random.below(86_400_000)).toISOString();
}

function settle(
  intents: readonly Intent[],
  closesByTokenId: ReadonlyMap<string, readonly Close[]>,
  random: SeededRandom,
): LedgerDraft[] {
  const held = new Map<string, Decimal>();
  return intents.map((intent) => {
    const before = held.get(intent.tokenId) ?? new Decimal(0);
    const { quantity, unitPrice } = sizeEntry(intent, before, closesByTokenId, random);
    const after = isAcquisition(intent.type) ? before.plus(quantity) : before.minus(quantity);
    if (!quantity.isPositive() || quantity.isZero() || after.isNegative()) {
      throw new Error(`Expected ${intent.type} of ${intent.tokenId} to fit ${before.toFixed()} held.`);
    }
    held.set(intent.tokenId, after);
    const isTrade = intent.type === 'BUY' || intent.type === 'SELL';
    return {
      type: intent.type,
      tokenId: intent.tokenId,
      quantity: quantity.toFixed(),
      unitPrice,
      fee: isTrade ? quantity.times(unitPrice).times(feeRate).toFixed(2) : '',
      executedAt: intent.executedAt,
      externalId: intent.externalId,
      note: intent.note,
    };
  });
}

function sizeEntry(
  intent: Intent,
  held: Decimal,
  closesByTokenId: ReadonlyMap<string, readonly Close[]>,
  random: SeededRandom,
): { quantity: Decimal; unitPrice: string } {
  const { size } = intent;
  if ('quantity' in size) return { quantity: new Decimal(size.quantity), unitPrice: size.unitPrice };
  const day = intent.executedAt.slice(0, 10);
  const close = closesByTokenId.get(intent.tokenId)?.find((candidate) => candidate.day === day)?.close;
  if (close === undefined) throw new Error(`Expected a close of ${intent.tokenId} on ${day}, found none.`);
  const places = quantityPlaces(intent.tokenId, close, random);
  const exact = 'dollars' in size ? new Decimal(size.dollars).dividedBy(close) : held.times(size.shareOfHeld);
  const isWhole = 'shareOfHeld' in size && size.shareOfHeld === '1';
  return {
    quantity: isWhole ? held : exact.toDecimalPlaces(places, Decimal.ROUND_DOWN),
    unitPrice: intent.type === 'TRANSFER_OUT' || intent.type === 'FEE' ? '' : close,
  };
}

/** Decimals of a quantity: the token's own where it matters to readers, else 2 to 18 by chance. */
function quantityPlaces(tokenId: string, close: string, random: SeededRandom): number {
  if (tokenId === 'bitcoin') return 8;
  if (tokenId === 'ethereum') return 18;
  const drawn = random.pick([2, 4, 6, 8, 12, 18]);
  return Number(close) < 0.1 ? drawn : Math.max(drawn, 6);
}
