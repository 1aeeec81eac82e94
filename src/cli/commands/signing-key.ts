import { Argument, type Command } from 'commander';

const STEPS = ['prepare', 'activate', 'retire'];
const WHAT_NOW = {
  prepare: 'Restart the subgraphs with it, then take the step "activate".',
  activate: 'Restart the gateway: the new key signs. A minute later take the step "retire".',
  retire: 'Restart the subgraphs with it: the old key is worth nothing any more.',
} as const;

/** Adds `tributary signing-key`: a new key for the tokens by which subgraphs know their gateway. */
export function addSigningKeyCommand(program: Command): void {
  program
    .command('signing-key')
    .description("rotate the gateway's signing key in three steps; subgraphs trust two keys in between")
    .addArgument(new Argument('<step>').choices(STEPS))
    .option('--state-dir <folder>', 'where the keys are kept', '.tributary')
    .action(async (step: keyof typeof WHAT_NOW, { stateDir }: { readonly stateDir: string }) => {
      const [{ openStateDirectory }, { rotateSigningKey }] = await Promise.all([
        import('../../control/state-directory.ts'),
        import('../../control/trust.ts'),
      ]);
      const file = rotateSigningKey(openStateDirectory(stateDir), step);
      process.stdout.write(`${file} tells what subgraphs trust. ${WHAT_NOW[step]}\n`);
    });
}
