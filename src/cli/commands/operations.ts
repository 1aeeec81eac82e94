import type { Command } from 'commander';
import pc from 'picocolors';
import type { CostedDocument, DocumentFault } from '../../control/documents/check-documents.ts';
import type { DocumentName, PublicationResult } from '../../control/documents/document-store.ts';
import type { UsedDocument } from '../../control/documents/list-documents.ts';
import { type AdminOptions, AdminRefusal, addAdminOptions, createAdminClient } from '../admin-client.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { parseDays } from '../parse-options.ts';
import { printJson } from '../print-json.ts';
import { printTable } from '../print-table.ts';
import { printable } from '../printable.ts';

/** So many releases of a document are named. */
const TOLD_RELEASES = 3;

interface PublishOptions extends AdminOptions {
  readonly client: string;
  readonly version?: string;
  readonly dryRun?: true;
}

/** What the admin listener answers. */
interface PublishedRelease extends PublicationResult {
  readonly costs: readonly CostedDocument[];
}

interface RetireOptions extends AdminOptions {
  readonly client: string;
  readonly version?: string;
}

/** Adds `tributary operations`: the documents that client applications publish and then ask for by id. */
export function addOperationsCommand(program: Command): void {
  const operations = program
    .command('operations')
    .description('publish, list and retire the documents that apps ask for by id');
  addAdminOptions(
    operations
      .command('publish')
      .description('publish all documents of a manifest, or none')
      .argument('<manifest>', 'a manifest of Apollo, Relay or graphql-codegen, or a folder of .graphql files')
      .requiredOption('--client <name>', 'the client application; it is created when it is new')
      .option('--version <version>', 'the release; without it the publication is named by its content')
      .option('--dry-run', 'check and tell what would change, and change nothing'),
  ).action(publish);
  addAdminOptions(
    operations
      .command('list')
      .description('list documents with their state, traffic, cost and releases')
      .option('--client <name>', 'those of one client')
      .option('--days <days>', 'how far back traffic counts', parseDays, 30),
  ).action(list);
  addAdminOptions(
    operations
      .command('retire')
      .description('stop documents from running')
      .argument('[ids...]', 'their ids')
      .requiredOption('--client <name>', 'the client application')
      .option('--version <version>', 'instead of ids: what no later release has'),
  ).action(retire);
}

async function publish(path: string, { client, version, dryRun, ...admin }: PublishOptions): Promise<void> {
  const { readManifest } = await import('../../control/documents/read-manifest.ts');
  const documents = readManifest(path);
  try {
    const result = await createAdminClient(admin).send<PublishedRelease>(
      'POST',
      `/operations/${encodeURIComponent(client)}/publish`,
      { documents, ...(version === undefined ? {} : { version }), dryRun: dryRun === true },
    );
    if (admin.json === true) printJson(result);
    else printPublication(result, dryRun === true);
  } catch (error) {
    if (!(error instanceof AdminRefusal) || error.extensions.faults === undefined) throw error;
    if (admin.json === true) printJson({ errors: [error.extensions] });
    else printFaults(error.message, error.extensions.faults as readonly DocumentFault[]);
    process.exitCode = EXIT_CODES.failed;
  }
}

function printPublication(
  { client, version, added, unchanged, dropped, costs }: PublishedRelease,
  isDryRun: boolean,
): void {
  const costById = new Map(costs.map((cost) => [cost.id, cost]));
  const lines = [
    `${pc.bold(client)} ${version}${isDryRun ? pc.dim('  (dry run: nothing was changed)') : ''}`,
    ...added.map(
      (each) => `${pc.green('+')} ${titleOf(each)} ${pc.dim(describeCost(costById.get(each.id)))}`,
    ),
    ...dropped.map(
      (each) => `${pc.yellow('-')} ${titleOf(each)} ${pc.dim('not in this release; still runs')}`,
    ),
    pc.dim(`${added.length} added, ${unchanged} unchanged, ${dropped.length} of the release before left out`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function printFaults(message: string, faults: readonly DocumentFault[]): void {
  const lines = faults.map((fault) => `${pc.red('×')} ${titleOf(fault)}\n  ${printable(fault.message)}`);
  process.stderr.write(`${lines.join('\n')}\n${message}\n`);
}

/** `276 points, most for portfolio.holdings; runs for FREE, PRO`, where requests leave variables at their defaults. */
function describeCost(cost: CostedDocument | undefined): string {
  if (cost === undefined) return '';
  const { points, mostExpensive, tiers } = cost;
  const most = mostExpensive === null ? '' : `, most for ${mostExpensive}`;
  return `${points} points${most}; runs for ${tiers.length === 0 ? 'no tier' : tiers.join(', ')}`;
}

function titleOf({ id, name }: DocumentName): string {
  const short = /^[0-9a-f]{64}$/.test(id) ? `${id.slice(0, 12)}…` : printable(id);
  return name === null ? short : `${name} ${pc.dim(short)}`;
}

async function list({
  client,
  days,
  ...admin
}: AdminOptions & { readonly client?: string; readonly days: number }): Promise<void> {
  const query = new URLSearchParams({ days: String(days), ...(client === undefined ? {} : { client }) });
  const { operations } = await createAdminClient(admin).send<{
    readonly operations: readonly UsedDocument[];
  }>('GET', `/operations?${query}`);
  if (admin.json === true) return printJson({ operations });
  printTable(operations.map(toRow), 'There are no documents.', {
    numbers: ['requests', 'points', 'each'],
  });
  if (operations.length > 0) process.stdout.write(pc.dim(`\nrequests and points of the last ${days} days\n`));
}

function toRow(document: UsedDocument): Record<string, string> {
  const { client, id, name, versions, traffic, lastUsedAtMs } = document;
  const { requests, points } = traffic;
  return {
    client,
    operation: name ?? '-',
    state: stateOf(document),
    requests: requests.toLocaleString('en'),
    points: points.toLocaleString('en'),
    each: requests === 0 ? '-' : (points / requests).toLocaleString('en', { maximumFractionDigits: 1 }),
    'last used': lastUsedAtMs === undefined ? 'never' : `${dateOf(lastUsedAtMs)}`,
    releases: releasesOf(versions),
    id,
  };
}

function stateOf({ status, retiredAtMs, unusedSinceMs }: UsedDocument): string {
  if (status === 'retired') return retiredAtMs === undefined ? status : `retired ${dateOf(retiredAtMs)}`;
  return unusedSinceMs === undefined ? status : `unused since ${dateOf(unusedSinceMs)}`;
}

/** The newest first. */
function releasesOf(versions: readonly string[]): string {
  const told = versions.slice(-TOLD_RELEASES).reverse().join(' ');
  const more = versions.length - TOLD_RELEASES;
  return more > 0 ? `${told} +${more}` : told;
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

async function retire(
  ids: readonly string[],
  { client, version, ...admin }: RetireOptions,
  command: Command,
): Promise<void> {
  if ((ids.length === 0) === (version === undefined)) {
    command.error('error: name either ids or a --version');
  }
  const { retired } = await createAdminClient(admin).send<{ readonly retired: readonly DocumentName[] }>(
    'POST',
    `/operations/${encodeURIComponent(client)}/retire`,
    version === undefined ? { ids } : { version },
  );
  if (admin.json === true) return printJson({ client, retired });
  const lines = [
    ...retired.map((each) => `${pc.yellow('-')} ${titleOf(each)}`),
    pc.dim(`${retired.length} retired`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
