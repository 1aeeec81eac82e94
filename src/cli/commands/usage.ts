import { type Command, Option } from 'commander';
import pc from 'picocolors';
import type { ToldUsage, UsagePage } from '../../admin/routes/usage.ts';
import { type AdminClient, type AdminOptions, addAdminOptions, createAdminClient } from '../admin-client.ts';
import { parseDay } from '../parse-options.ts';
import { printJson } from '../print-json.ts';
import { printTable } from '../print-table.ts';
import { printable } from '../printable.ts';

interface UsageOptions extends AdminOptions {
  readonly from?: string;
  readonly to?: string;
  readonly account?: string;
  readonly key?: string;
  readonly operation?: string;
  readonly client?: string;
  readonly by: string;
  readonly csv?: true;
}

const ROWS_PER_PAGE = 1_000;
/** A table is for people: beyond this it tells how to get the rest. */
const TABLE_ROWS = 200;
/** So many rows are looked at for the dearest. */
const SORTED_ROWS = 10_000;
const NUMBERS = ['points', 'operations', 'refused', 'throttled'] as const;

/** Adds `tributary usage`: who used what. */
export function addUsageCommand(program: Command): void {
  addAdminOptions(
    program
      .command('usage')
      .description('tell who used what: points, operations and refusals')
      .option(
        '--from <day>',
        'the first day: 2026-11-01, or 7d for seven days back; 30 days by default',
        parseDay,
      )
      .option('--to <day>', 'the last day; today by default', parseDay)
      .option('--by <dimensions>', 'none, or some of day,account,key,operation,client', 'day')
      .option('--account <account>', 'of one account; "" for callers without one')
      .option('--key <id>', 'of one key; "" for callers without one')
      .option('--operation <operation>', 'of operations of this name, or of the one of this id')
      .option('--client <name>', 'of one client application'),
  )
    .addOption(new Option('--csv', 'print all of it as CSV').conflicts('json'))
    .action(tellUsage);
}

async function tellUsage(options: UsageOptions): Promise<void> {
  const client = createAdminClient(options);
  const query = toQuery(options);
  if (options.csv === true) {
    for await (const piece of client.read(`/usage?${query}&format=csv`)) process.stdout.write(piece);
    return;
  }
  if (options.json === true) return printJson(await readPages(client, query, Number.POSITIVE_INFINITY));
  printUsage(await readPages(client, query, SORTED_ROWS));
}

function printUsage(page: UsagePage): void {
  const rows = sorted(page);
  printTable(rows.slice(0, TABLE_ROWS).map(toCells), 'Nothing was used.', { numbers: NUMBERS });
  const isWhole = page.next === null && rows.length <= TABLE_ROWS;
  const more = isWhole ? '' : `; these are ${TABLE_ROWS} rows, --csv has all of them`;
  process.stdout.write(pc.dim(`\n${page.from} to ${page.to}, UTC${more}\n`));
}

function toQuery({ by, from, to, account, key, operation, client }: UsageOptions): URLSearchParams {
  const given = { group: by, from, to, account, key, operation, client };
  const parameters = Object.entries(given).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return new URLSearchParams(parameters);
}

/** @param most - so many rows are enough */
async function readPages(client: AdminClient, query: URLSearchParams, most: number): Promise<UsagePage> {
  const limit = Math.min(ROWS_PER_PAGE, most);
  let page = await client.send<UsagePage>('GET', `/usage?${query}&limit=${limit}`);
  const usage = [...page.usage];
  while (page.next !== null && usage.length < most) {
    page = await client.send<UsagePage>('GET', `/usage?${query}&limit=${limit}&after=${page.next}`);
    usage.push(...page.usage);
  }
  return { ...page, usage };
}

/** The dearest first, except where days come first: they stay in their order. */
function sorted({ usage, group }: UsagePage): readonly ToldUsage[] {
  if (group[0] === 'day') return usage;
  return usage.toSorted((one, other) => other.points - one.points || other.operations - one.operations);
}

function toCells({ operation, account, key, lastUsedAt, ...row }: ToldUsage): Record<string, string> {
  return {
    ...(row.day === undefined ? {} : { day: row.day }),
    ...(account === undefined ? {} : { account: account ?? '-' }),
    ...(key === undefined ? {} : { key: key ?? '-' }),
    ...(operation === undefined ? {} : { operation: titleOf(operation) }),
    ...(row.client === undefined ? {} : { client: row.client }),
    ...Object.fromEntries(NUMBERS.map((name) => [name, row[name].toLocaleString('en')])),
    'last used': lastUsedAt === null ? 'never' : lastUsedAt.replace(/\.\d{3}Z$/, 'Z'),
  };
}

function titleOf(operation: ToldUsage['operation']): string {
  if (operation == null) return '-';
  const { id, name } = operation;
  const short = id.length === 64 ? `${id.slice(0, 12)}…` : id;
  return name === null ? short : `${printable(name)} ${short}`;
}
