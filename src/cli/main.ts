import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { addComposeCommand } from './commands/compose.ts';
import { addDevCommand } from './commands/dev.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addOperationsCommand } from './commands/operations.ts';
import { addPublisherCommands } from './commands/publishers.ts';
import { addRegistryCommands } from './commands/registry.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSigningKeyCommand } from './commands/signing-key.ts';
import { addUsageCommand } from './commands/usage.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { reportFailure } from './report-failure.ts';

/**
 * Runs a command line; sets the exit code of the process and never throws.
 *
 * @param argv - as in `process.argv`: program, script, then the arguments
 */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = isAnswered(error) ? EXIT_CODES.done : EXIT_CODES.wrongUse;
      return;
    }
    reportFailure(error);
    process.exitCode = EXIT_CODES.failed;
  }
}

/** Help and version that were asked for are no errors; help because nothing was asked for is one. */
function isAnswered({ code }: CommanderError): boolean {
  return code === 'commander.helpDisplayed' || code === 'commander.version';
}

function createProgram(): Command {
  const program = new Command('tributary')
    .description(packageJson.description)
    .version(packageJson.version)
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for the options)')
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();
  addDevCommand(program);
  addServeCommand(program);
  addComposeCommand(program);
  addExplainCommand(program);
  addKeysCommand(program);
  addSigningKeyCommand(program);
  addRegistryCommands(program);
  addPublisherCommands(program);
  addOperationsCommand(program);
  addUsageCommand(program);
  return program;
}
