import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { parsePort, parseSharing, parseWorkers, type SharingOverride } from '../parse-options.ts';
import { runPlatformCommand } from '../run-platform-command.ts';

interface ServeOptions {
  readonly supergraph?: string;
  readonly host?: string;
  readonly port?: number;
  readonly workers?: number;
  readonly adminPort?: number;
  readonly open?: true;
  readonly engine?: 'tributary' | 'apollo';
  readonly sharing?: SharingOverride;
  readonly gatewayConfig: string;
  readonly stateDir: string;
}

/** Adds `tributary serve`: the gateway alone, in the foreground. */
export function addServeCommand(program: Command): void {
  const command = program
    .command('serve')
    .description('serve a supergraph; without --supergraph, the supergraph.yaml of this folder is composed')
    .option('--supergraph <file>', 'the SDL of a Federation 2 supergraph, served as it is')
    .option('--host <host>', 'the address to listen on')
    .option('--port <port>', 'the public port; 0 means any free one', parsePort)
    .option('--workers <count>', 'how many worker processes serve', parseWorkers)
    .option('--admin-port <port>', 'the port of metrics and control; 0 means any free one', parsePort)
    .option('--open', 'ask for no keys and ignore access directives; the structural caps hold')
    .addOption(
      new Option('--engine <engine>', 'what runs operations; apollo is the stock executor').choices([
        'tributary',
        'apollo',
      ]),
    )
    .option(
      '--sharing <layers>',
      'which layers share work: none, or some of entities,requests,coalesce,operations',
      parseSharing,
    )
    .option('--gateway-config <file>', 'the settings', 'gateway.yaml')
    .option('--state-dir <folder>', 'where keys and tables are kept', '.tributary')
    .action((options: ServeOptions) => serve(options, isGiven(command, 'gatewayConfig')));
}

function isGiven(command: Command, option: string): boolean {
  return command.getOptionValueSource(option) === 'cli';
}

async function serve(options: ServeOptions, isConfigRequired: boolean): Promise<void> {
  const {
    supergraph,
    host,
    port,
    workers,
    adminPort,
    open = false,
    gatewayConfig,
    stateDir,
    engine,
    sharing,
  } = options;
  await runPlatformCommand({
    stateDirectory: stateDir,
    settings: {
      file: gatewayConfig,
      isRequired: isConfigRequired,
      // The contract of the files: rules stand beside the composed supergraph, or in schema/ beside supergraph.yaml.
      rulesFile: supergraph === undefined ? 'schema/rules.ts' : join(dirname(supergraph), 'rules.ts'),
      overrides: { host, port, workers, adminPort, engine, sharing },
    },
    supergraph: supergraph === undefined ? { config: 'supergraph.yaml' } : { file: supergraph },
    open,
    endsWithParent: false,
  });
}
