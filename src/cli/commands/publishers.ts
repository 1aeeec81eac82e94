import { type Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { PUBLISHER_ACTIONS, type PublisherAction } from '../../control/registry/actor.ts';
import type { RecordedAuditEntry } from '../../control/registry/audit-log.ts';
import type { ListedPublisherToken } from '../../control/registry/publisher-tokens.ts';
import type { ListedWebhook } from '../../control/registry/webhooks.ts';
import { type AdminOptions, addAdminOptions, createAdminClient } from '../admin-client.ts';
import { printJson } from '../print-json.ts';
import { printTable } from '../print-table.ts';

interface CreateTokenOptions extends AdminOptions {
  readonly subgraph: string;
  readonly owner?: string;
  readonly name?: string;
  readonly actions: readonly PublisherAction[];
}

/** Adds `tokens`, `webhooks` and `audit`: who may publish, who is told, and who did what. */
export function addPublisherCommands(program: Command): void {
  const tokens = program
    .command('tokens')
    .description('tokens by which teams check and publish their subgraph');
  addAdminOptions(
    tokens
      .command('create')
      .description('make a token for one subgraph; it is shown once')
      .requiredOption('--subgraph <name>', 'the subgraph that it is bound to')
      .option('--owner <team>', "the team that the subgraph belongs to (default: the subgraph's name)")
      .option('--name <text>', 'what lists call it')
      .option('--actions <list>', 'check, publish, or both', parseActions, [...PUBLISHER_ACTIONS]),
  ).action(createToken);
  addAdminOptions(tokens.command('list').description('list the tokens')).action(listTokens);
  addAdminOptions(tokens.command('revoke <id>').description('end a token')).action(revokeToken);

  const webhooks = program.command('webhooks').description('who is told of publishes and refusals');
  addAdminOptions(
    webhooks.command('add <url>').description('tell a URL; the key of its signatures is shown once'),
  ).action(addWebhook);
  addAdminOptions(webhooks.command('list').description('list who is told')).action(listWebhooks);
  addAdminOptions(webhooks.command('remove <id>').description('tell it no longer')).action(removeWebhook);

  addAdminOptions(program.command('audit').description('list who did what, the newest first')).action(audit);
}

function parseActions(text: string): PublisherAction[] {
  const names = text.split(',');
  const actions = PUBLISHER_ACTIONS.filter((action) => names.includes(action));
  if (actions.length > 0 && actions.length === names.length) return actions;
  throw new InvalidArgumentError(`expected some of ${PUBLISHER_ACTIONS.join(',')}`);
}

async function createToken(options: CreateTokenOptions): Promise<void> {
  const { subgraph, owner = subgraph, name = subgraph, actions, ...admin } = options;
  const body = { subgraph, owner, name, actions };
  const answer = await createAdminClient(admin).send<{ id: string; token: string }>('POST', '/tokens', body);
  if (admin.json === true) return printJson(answer);
  process.stdout.write(`${answer.token}\n`);
  process.stderr.write(pc.dim(`It may ${actions.join(' and ')} ${subgraph}, and is not shown again.\n`));
}

async function listTokens(admin: AdminOptions): Promise<void> {
  const answer = await createAdminClient(admin).send<{ tokens: readonly ListedPublisherToken[] }>(
    'GET',
    '/tokens',
  );
  if (admin.json === true) return printJson(answer);
  const rows = answer.tokens.map(({ id, name, subgraph, owner, actions, createdAtMs, revokedAtMs }) => ({
    id,
    name,
    subgraph,
    owner,
    actions: actions.join(','),
    created: new Date(createdAtMs).toISOString(),
    state: revokedAtMs === undefined ? 'valid' : 'revoked',
  }));
  printTable(rows, 'There are no tokens.');
}

async function revokeToken(id: string, admin: AdminOptions): Promise<void> {
  const path = `/tokens/${encodeURIComponent(id)}`;
  const answer = await createAdminClient(admin).send('DELETE', path);
  if (admin.json === true) return printJson(answer);
  process.stdout.write(`${pc.green('revoked')}  ${id}\n`);
}

async function addWebhook(url: string, admin: AdminOptions): Promise<void> {
  const answer = await createAdminClient(admin).send<{ id: string; secret: string }>('POST', '/webhooks', {
    url,
  });
  if (admin.json === true) return printJson(answer);
  process.stdout.write(`${answer.secret}\n`);
  process.stderr.write(pc.dim(`Webhook ${answer.id} signs with this key, which is not shown again.\n`));
}

async function listWebhooks(admin: AdminOptions): Promise<void> {
  const answer = await createAdminClient(admin).send<{ webhooks: readonly ListedWebhook[] }>(
    'GET',
    '/webhooks',
  );
  if (admin.json === true) return printJson(answer);
  printTable(
    answer.webhooks.map(({ id, url }) => ({ id, url })),
    'Nobody is told.',
  );
}

async function removeWebhook(id: string, admin: AdminOptions): Promise<void> {
  const path = `/webhooks/${encodeURIComponent(id)}`;
  const answer = await createAdminClient(admin).send('DELETE', path);
  if (admin.json === true) return printJson(answer);
  process.stdout.write(`${pc.green('removed')}  ${id}\n`);
}

async function audit(admin: AdminOptions): Promise<void> {
  const answer = await createAdminClient(admin).send<{ entries: readonly RecordedAuditEntry[] }>(
    'GET',
    '/audit',
  );
  if (admin.json === true) return printJson(answer);
  const rows = answer.entries.map(({ atMs, actor, action, subject, outcome, detail }) => ({
    at: new Date(atMs).toISOString(),
    actor,
    action,
    subject,
    outcome,
    detail: detail.split('\n', 1)[0] ?? '',
  }));
  printTable(rows, 'Nothing was done yet.');
}
