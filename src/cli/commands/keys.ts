import { type Command, Option } from 'commander';
import type { CreatedKey, ListedKey, NewKey } from '../../control/key-store.ts';
import { type AdminOptions, addAdminOptions, createAdminClient } from '../admin-client.ts';
import { parseDuration, parseList, parseTime } from '../parse-options.ts';
import { printJson } from '../print-json.ts';
import { printTable } from '../print-table.ts';

interface CreateOptions extends AdminOptions {
  readonly name: string;
  readonly tier: NewKey['tier'];
  readonly account: string;
  readonly scopes?: readonly string[];
  readonly user?: string;
  readonly allow?: readonly string[];
  readonly expires?: number;
  readonly client?: string;
  readonly signing?: true;
}

interface MadeKey {
  readonly id: CreatedKey['id'];
  readonly key: CreatedKey['text'];
}

/** Adds `tributary keys`: the life of API keys. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('make, list, rotate and revoke API keys');
  addAdminOptions(
    keys
      .command('create')
      .description('make a key; its text is shown once')
      .requiredOption('--name <name>', 'what people call it')
      .addOption(
        new Option('--tier <tier>', 'what it may cost and ask for')
          .choices(['FREE', 'PRO', 'BUSINESS', 'ENTERPRISE'])
          .makeOptionMandatory(),
      )
      .requiredOption('--account <account>', 'who pays')
      .option('--scopes <scopes>', 'what it may see, such as portfolio:read,profile:read', parseList)
      .option('--user <user>', 'the user that it acts for')
      .option(
        '--allow <ranges>',
        'the only networks that it works from, such as 10.0.0.0/8,2001:db8::/32',
        parseList,
      )
      .option('--expires <when>', 'when it ends: 90d from now, or a time such as 2027-01-31', parseTime)
      .option('--client <name>', 'the client application that it is bound to')
      .option('--signing', 'a key that signs requests and is never sent'),
  ).action(create);
  addAdminOptions(keys.command('list').description('list the keys, also revoked ones')).action(list);
  addAdminOptions(
    keys
      .command('rotate <id>')
      .description('give a key a new secret; the old one counts on for a while')
      .option(
        '--overlap <duration>',
        'how long the old secret counts on: 24h, 30m, 0s',
        parseDuration,
        86_400_000,
      ),
  ).action(rotate);
  addAdminOptions(keys.command('revoke <id>').description('stop a key for ever')).action(revoke);
}

async function create(options: CreateOptions): Promise<void> {
  const { name, tier, account, scopes = [], user, allow = [], expires, client, signing } = options;
  const body = {
    name,
    tier,
    accountId: account,
    scopes,
    allowedRanges: allow,
    kind: signing ? 'signing' : 'live',
    ...(user === undefined ? {} : { userId: user }),
    ...(expires === undefined ? {} : { expiresAtMs: expires }),
    ...(client === undefined ? {} : { client }),
  };
  const made = await createAdminClient(options).send<MadeKey>('POST', '/keys', body);
  if (options.json) printJson(made);
  else process.stdout.write(`${made.key}\nKeep it now: it is shown this once. Its id is ${made.id}.\n`);
}

async function list(options: AdminOptions): Promise<void> {
  const answer = await createAdminClient(options).send<{ keys: readonly ListedKey[] }>('GET', '/keys');
  if (options.json) printJson(answer);
  else printTable(answer.keys.map(toRow), 'There are no keys.');
}

async function rotate(id: string, options: AdminOptions & { readonly overlap: number }): Promise<void> {
  const rotated = await createAdminClient(options).send<MadeKey & { readonly oldEndsAtMs: number }>(
    'POST',
    `/keys/${encodeURIComponent(id)}/rotate`,
    { overlapMs: options.overlap },
  );
  if (options.json) printJson(rotated);
  else {
    process.stdout.write(
      `${rotated.key}\nKeep it now: it is shown this once. The old secret ends at ${isoTime(rotated.oldEndsAtMs)}.\n`,
    );
  }
}

async function revoke(id: string, options: AdminOptions): Promise<void> {
  const revoked = await createAdminClient(options).send('DELETE', `/keys/${encodeURIComponent(id)}`);
  if (options.json) printJson(revoked);
  else process.stdout.write(`The key ${id} is revoked.\n`);
}

function toRow(key: ListedKey): Record<string, string> {
  const [newest, old] = key.secrets;
  return {
    id: key.id,
    name: key.name,
    kind: key.kind,
    tier: key.tier,
    account: key.accountId,
    user: key.userId ?? '-',
    client: key.client ?? '-',
    scopes: key.scopes.join(',') || '-',
    networks: key.allowedRanges.join(',') || 'any',
    expires: minuteOf(key.expiresAtMs),
    'last used': minuteOf(newest?.lastUsedAtMs),
    'old secret':
      old === undefined ? '-' : `ends ${minuteOf(old.endsAtMs)}, used ${minuteOf(old.lastUsedAtMs)}`,
    state: stateOf(key),
  };
}

function stateOf({ revokedAtMs, expiresAtMs, secrets }: ListedKey): string {
  if (revokedAtMs !== undefined) return `revoked ${minuteOf(revokedAtMs)}`;
  if (expiresAtMs !== undefined && expiresAtMs <= Date.now()) return 'expired';
  return secrets[0]?.hasOldGuard ? 'rotate: made with a replaced pepper or sealing key' : 'active';
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Seconds say little in a list, and take room. */
function minuteOf(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
