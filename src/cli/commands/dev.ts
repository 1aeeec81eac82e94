import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { CLOCK_MODES, type ClockMode } from '../../supervisor/clock-mode.ts';
import { parseFirstOfFourPorts, parsePort, parseWorkers } from '../parse-options.ts';
import { runPlatformCommand } from '../run-platform-command.ts';

interface DevOptions {
  readonly port?: number;
  readonly adminPort?: number;
  readonly subgraphPort: number;
  readonly workers?: number;
  readonly stateDir: string;
  readonly gatewayConfig?: string;
  readonly clock: ClockMode;
}

const FIRST_SUBGRAPH_PORT = 4201;
/** The demo's subgraphs, schema and settings are those of the package, wherever the command is called. */
const packageFile = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** Adds `tributary dev`: the four subgraphs and the gateway with demo data. */
export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description('run the four subgraphs and the gateway with demo data')
    .option('--port <port>', 'the public port; 0 means any free one (default: 4000)', parsePort)
    .option(
      '--admin-port <port>',
      'the port of metrics and control; 0 means any free one (default: 4100)',
      parsePort,
    )
    .option(
      '--subgraph-port <port>',
      'the first of the four ports of the subgraphs; 0 means any free ones',
      parseFirstOfFourPorts,
      FIRST_SUBGRAPH_PORT,
    )
    .option('--workers <count>', 'how many worker processes serve (default: 1)', parseWorkers)
    .option('--state-dir <folder>', 'where keys, tables and demo.json are kept', '.tributary')
    .option('--gateway-config <file>', 'the settings (default: those of the package)')
    .addOption(
      new Option('--clock <mode>', 'how recorded time becomes the present')
        .choices(CLOCK_MODES)
        .default('shift' satisfies ClockMode),
    )
    .action(dev);
}

async function dev({
  port,
  adminPort,
  subgraphPort,
  workers,
  stateDir,
  gatewayConfig,
  clock,
}: DevOptions): Promise<void> {
  await runPlatformCommand({
    stateDirectory: stateDir,
    settings: {
      file: gatewayConfig ?? packageFile('gateway.yaml'),
      isRequired: gatewayConfig !== undefined,
      rulesFile: packageFile('schema/rules.ts'),
      // The subgraphs that people write beside it run on this machine.
      overrides: { port, adminPort, workers, egressAllow: ['loopback'] },
    },
    supergraph: { config: packageFile('supergraph.yaml') },
    open: false,
    demo: { firstSubgraphPort: subgraphPort, clock },
    endsWithParent: true,
  });
}
