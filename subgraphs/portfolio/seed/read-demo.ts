import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseDecimal } from '../../shared/decimal.ts';
import { readCsv } from './read-csv.ts';

const DEMO_FOLDER = new URL('../demo/', import.meta.url);

const instant = z.iso.datetime().transform((text) => Date.parse(text));
const decimal = z.string().refine((text) => parseDecimal(text) !== undefined, 'expected plain digits');
const emptyAsNull = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((text) => (text === '' ? null : text), schema.nullable());

const users = z.array(
  z.object({
    id: z.string(),
    displayName: z.string(),
    email: z.string(),
    defaultCurrency: z.string(),
    createdAt: instant,
  }),
);
const portfolios = z.array(
  z.object({
    id: z.string(),
    ownerId: z.string(),
    name: z.string(),
    baseCurrency: z.string(),
    costBasisMethod: z.enum(['FIFO', 'AVERAGE']),
    createdAt: instant,
    /** Archiving is the user's. */
    archivedAt: z.null(),
  }),
);
const watchlists = z.array(
  z.object({
    id: z.string(),
    ownerId: z.string(),
    name: z.string(),
    tokenIds: z.array(z.string()),
    updatedAt: instant,
  }),
);
const ledger = z.array(
  z.object({
    id: z.string(),
    portfolioId: z.string(),
    type: z.enum(['BUY', 'SELL', 'TRANSFER_IN', 'TRANSFER_OUT', 'REWARD', 'FEE']),
    tokenId: z.string(),
    quantity: decimal,
    unitPrice: emptyAsNull(decimal),
    fee: emptyAsNull(decimal),
    executedAt: instant,
    externalId: emptyAsNull(z.string()),
    note: emptyAsNull(z.string()),
  }),
);

/** The demonstration data, in the recording's time. */
export interface DemoData {
  readonly users: z.infer<typeof users>;
  readonly portfolios: z.infer<typeof portfolios>;
  readonly watchlists: z.infer<typeof watchlists>;
  /** In order of entry. */
  readonly ledger: z.infer<typeof ledger>;
}

/**
 * Reads the demonstration data.
 *
 * @throws when a file is missing or of another form
 */
export async function readDemo(folder: URL = DEMO_FOLDER): Promise<DemoData> {
  const read = (name: string) => readFile(new URL(name, folder), 'utf8');
  return {
    users: users.parse(JSON.parse(await read('users.json'))),
    portfolios: portfolios.parse(JSON.parse(await read('portfolios.json'))),
    watchlists: watchlists.parse(JSON.parse(await read('watchlists.json'))),
    ledger: ledger.parse(readCsv(await read('ledger.csv'))),
  };
}
