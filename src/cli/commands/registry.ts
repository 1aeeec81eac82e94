import { Argument, type Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import type { CheckReport } from '../../control/registry/check-publication.ts';
import type { Published } from '../../control/registry/registry-requests.ts';
import type { VersionSummary } from '../../control/registry/version-store.ts';
import { type AdminOptions, AdminRefusal, addAdminOptions, createAdminClient } from '../admin-client.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printCheckReport } from '../print-check-report.ts';
import { printJson } from '../print-json.ts';
import { printable } from '../printable.ts';
import { readInputFile } from '../read-input-file.ts';

interface CheckOptions extends AdminOptions {
  readonly schema: string;
  readonly parent?: number;
}

interface PublishOptions extends CheckOptions {
  readonly routingUrl?: string;
  readonly reason: string;
  readonly owner?: string;
  readonly clientToken?: string;
  readonly probe: boolean;
  readonly takeOver?: true;
}

interface RollbackOptions extends AdminOptions {
  readonly reason: string;
}

interface VersionsOptions extends AdminOptions {
  readonly limit: number;
}

/** Adds `check`, `publish`, `versions` and `rollback`: the registry of a running platform. */
export function addRegistryCommands(program: Command): void {
  addAdminOptions(
    program
      .command('check <subgraph>')
      .description('say what publishing a schema would do to clients; exit code 1 when it would break them')
      .requiredOption('--schema <file>', 'the SDL of the subgraph')
      .option('--parent <version>', 'the version that it was made for', parseVersion),
  ).action(check);
  addAdminOptions(
    program
      .command('publish <subgraph>')
      .description('check a schema, call the subgraph, and serve it')
      .requiredOption('--schema <file>', 'the SDL of the subgraph')
      .option('--routing-url <url>', 'where it answers; needed for a new subgraph')
      .option('--parent <version>', 'refuse when another version is served by now', parseVersion)
      .option('--reason <text>', 'why, for the list of versions', '')
      .option('--owner <team>', 'the team that the subgraph belongs to')
      .option('--client-token <name>', 'makes a repeated publish of this name one version')
      .option('--no-probe', 'do not call the subgraph before it goes live')
      .option('--take-over', 'let it take what belongs to other teams; needs the admin token'),
  ).action(publish);
  addAdminOptions(
    program
      .command('versions')
      .description('list the versions of the supergraph with what changed')
      .option('--limit <count>', 'how many, the newest first', parseVersion, 20),
  ).action(versions);
  addAdminOptions(
    program
      .command('rollback')
      .description('serve an earlier version again; the one before, unless it says which')
      .addArgument(new Argument('[version]', 'as `versions` lists it').argParser(parseVersion))
      .option('--reason <text>', 'why, for the list of versions', ''),
  ).action(rollback);
}

function parseVersion(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 1 on');
}

async function check(subgraph: string, { schema, parent, ...admin }: CheckOptions): Promise<void> {
  const body = { sdl: readInputFile(schema), parent };
  const report = await createAdminClient(admin).send<CheckReport>('POST', `${pathOf(subgraph)}/check`, body);
  if (admin.json === true) printJson(report);
  else printCheckReport(report, schema);
  if (!report.ok) process.exitCode = EXIT_CODES.failed;
}

async function publish(subgraph: string, options: PublishOptions): Promise<void> {
  const { schema, parent, routingUrl, reason, owner, clientToken, probe, takeOver, ...admin } = options;
  const body = {
    sdl: readInputFile(schema),
    parent,
    routingUrl,
    reason,
    owner,
    clientToken,
    probe,
    takeOver,
  };
  try {
    const path = `${pathOf(subgraph)}/publish`;
    const published = await createAdminClient(admin).send<Published>('POST', path, body);
    if (admin.json === true) return printJson(published);
    if (published.report !== undefined) printCheckReport(published.report, schema);
    const again = published.isRepeated ? ' (by the same request as before)' : '';
    process.stdout.write(
      `${pc.green('published')}  ${subgraph} is served as version ${published.version}${again}\n`,
    );
  } catch (error) {
    const report =
      error instanceof AdminRefusal ? (error.extensions.report as CheckReport | undefined) : undefined;
    if (report !== undefined && admin.json !== true) printCheckReport(report, schema);
    throw error;
  }
}

async function versions({ limit, ...admin }: VersionsOptions): Promise<void> {
  const answer = await createAdminClient(admin).send<{
    readonly head: number | null;
    readonly versions: readonly VersionSummary[];
  }>('GET', `/versions?limit=${limit}`);
  if (admin.json === true) return printJson(answer);
  const text = answer.versions.map((version) => describeVersion(version, version.id === answer.head));
  process.stdout.write(`${text.length === 0 ? 'There are no versions.' : text.join('\n\n')}\n`);
}

/** Of a version, so many changes are told; `--json` has them all. */
const TOLD_CHANGES = 10;

function describeVersion(
  { id, kind, author, reason, createdAtMs, subgraphs, changes }: VersionSummary,
  isHead: boolean,
): string {
  const at = new Date(createdAtMs).toISOString().replace('T', ' ').slice(0, 19);
  const head = `${pc.bold(String(id).padStart(4))}  ${at}  ${kind} by ${printable(author)}${isHead ? `  ${pc.green('served')}` : ''}`;
  const more = changes.length - TOLD_CHANGES;
  const lines = [
    ...(reason === '' ? [] : [printable(reason)]),
    pc.dim(subgraphs.map(({ name }) => name).join(', ')),
    ...changes.slice(0, TOLD_CHANGES).map(({ code, message }) => `${signOf(code)} ${printable(message)}`),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
  return [head, ...lines.map((line) => `      ${line}`)].join('\n');
}

function signOf(code: string): string {
  if (code.endsWith('_ADDED')) return pc.green('+');
  return code.endsWith('_REMOVED') ? pc.red('-') : pc.yellow('~');
}

async function rollback(version: number | undefined, { reason, ...admin }: RollbackOptions): Promise<void> {
  const body = { reason, ...(version === undefined ? {} : { version }) };
  const answer = await createAdminClient(admin).send<{ readonly version: number }>('POST', '/rollback', body);
  if (admin.json === true) return printJson(answer);
  process.stdout.write(`${pc.green('rolled back')}  served as version ${answer.version}\n`);
}

function pathOf(subgraph: string): string {
  return `/subgraphs/${encodeURIComponent(subgraph)}`;
}
