import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import type { SigningKeyStep } from '../../control/trust.ts';
import { ConfigError } from '../../errors/errors.ts';

/** What is to be done after each step, in their order. */
const WHAT_NOW = {
  prepare: 'Restart the subgraphs with it, then take the step "activate".',
  activate: 'Restart the gateway: the new key signs. A minute later take the step "retire".',
  retire: 'Restart the subgraphs with it: the old key is worth nothing any more.',
} as const satisfies Record<SigningKeyStep, string>;

/** Adds `tributary signing-key`: a new key for the tokens by which subgraphs know their gateway. */
export function addSigningKeyCommand(program: Command): void {
  program
    .command('signing-key')
    .description("rotate the gateway's signing key in three steps; subgraphs trust two keys in between")
    .addArgument(new Argument('<step>').choices(Object.keys(WHAT_NOW)))
    .option('--state-dir <folder>', 'where the keys are kept', '.tributary')
    .action(async (step: SigningKeyStep, { stateDir }: { readonly stateDir: string }) => {
      // Opening a state directory makes what is missing: a wrong name would get keys that nobody uses.
      if (!existsSync(join(stateDir, 'keys'))) {
        throw new ConfigError(
          'CONFIG_NOT_FOUND',
          `${stateDir} is no state directory of a platform: name it with --state-dir.`,
        );
      }
      const [{ openStateDirectory }, { rotateSigningKey }] = await Promise.all([
        import('../../control/state-directory.ts'),
        import('../../control/trust.ts'),
      ]);
      const file = rotateSigningKey(openStateDirectory(stateDir), step);
      process.stdout.write(`${file} tells what subgraphs trust. ${WHAT_NOW[step]}\n`);
    });
}
