import { dirname, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Caller, Tier } from '../../context.ts';
import { isJsonObject } from '../../lib/json-object.ts';
import { parseList } from '../parse-options.ts';
import { printJson } from '../print-json.ts';
import { readInputFile } from '../read-input-file.ts';

/** Where the output is no terminal. */
const COLUMNS = 100;

interface ExplainOptions {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operation?: string;
  readonly supergraph?: string;
  readonly gatewayConfig: string;
  readonly open?: true;
  readonly anonymous?: true;
  readonly tier?: Tier;
  readonly scopes?: readonly string[];
  readonly user?: string;
  readonly json?: true;
}

/** Adds `tributary explain`: what the gateway would do with an operation, before it runs. */
export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain')
    .description(
      'say what the gateway would do with an operation: plan, fetches, sharing, cost, rules; nothing is sent',
    )
    .argument('<file>', 'the document')
    .option('--variables <json>', 'the variables, as a JSON object', parseVariables, {})
    .option('--operation <name>', 'which operation of the document')
    .option(
      '--supergraph <file>',
      "the SDL of a supergraph (default: that of this folder, else the platform's)",
    )
    .option('--gateway-config <file>', 'the settings', 'gateway.yaml')
    .option('--open', 'as under serve --open: rules do not hold')
    .addOption(
      new Option('--anonymous', 'for a caller without credentials').conflicts(['tier', 'scopes', 'user']),
    )
    .addOption(
      new Option(
        '--tier <tier>',
        'for a caller of this plan (default: FREE where scopes or a user are given)',
      ).choices(['FREE', 'PRO', 'BUSINESS', 'ENTERPRISE']),
    )
    .option('--scopes <scopes>', 'for a caller with these, such as portfolio:read,profile:read', parseList)
    .option('--user <user>', 'for a caller who acts for this user')
    .option('--json', 'print the explanation as JSON')
    .action((file: string, options: ExplainOptions) =>
      explain(file, options, command.getOptionValueSource('gatewayConfig') === 'cli'),
    );
}

function parseVariables(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('expected a JSON object');
  }
  if (!isJsonObject(value)) throw new InvalidArgumentError('expected a JSON object');
  return value;
}

/** Whom the operation is explained for; undefined when nobody is named. */
function callerOf({ anonymous, tier, scopes, user }: ExplainOptions): Caller | undefined {
  if (anonymous) return { tier: 'ANONYMOUS', scopes: new Set() };
  if (tier === undefined && scopes === undefined && user === undefined) return undefined;
  return {
    tier: tier ?? 'FREE',
    scopes: new Set(scopes),
    ...(user === undefined ? {} : { userId: user }),
  };
}

async function explain(file: string, options: ExplainOptions, isConfigRequired: boolean): Promise<void> {
  const { variables, operation, gatewayConfig, open = false } = options;
  const text = readInputFile(file);
  // Loaded once it is needed: help and refusals of wrong use should not wait for it.
  const [
    { explainOperation },
    { findSupergraph },
    { createSettingsSource },
    { loadShieldRules },
    { SupergraphModel },
    printing,
  ] = await Promise.all([
    import('../../explain/explain-operation.ts'),
    import('../../control/find-supergraph.ts'),
    import('../../control/settings-source.ts'),
    import('../../shield/load-shield-rules.ts'),
    import('../../supergraph/supergraph-model.ts'),
    import('../print-explanation.ts'),
  ]);
  const { supergraphSdl, file: sdlFile } = await findSupergraph(options.supergraph);
  const settings = createSettingsSource({
    file: gatewayConfig,
    isRequired: isConfigRequired,
    rulesFile: join(dirname(sdlFile), 'rules.ts'),
    overrides: {},
  }).read();
  const explanation = await explainOperation({
    supergraphSdl,
    settings,
    rules: open ? undefined : await loadShieldRules(new SupergraphModel(supergraphSdl), settings.rules),
    request: { text, operationName: operation, variables, isTrusted: false },
    caller: callerOf(options),
  });
  if (options.json === true) printJson(explanation);
  else process.stdout.write(printing.printExplanation(explanation, process.stdout.columns ?? COLUMNS));
}
