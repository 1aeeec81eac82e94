import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import pc from 'picocolors';
import type { ComposedSupergraph } from '../../control/composition/compose-supergraph.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';

interface ComposeOptions {
  readonly config: string;
  readonly out?: string;
  readonly json?: true;
}

/** Adds `tributary compose`: the subgraphs of a supergraph.yaml become one supergraph SDL. */
export function addComposeCommand(program: Command): void {
  program
    .command('compose')
    .description('compose the subgraphs of a supergraph.yaml and print the supergraph SDL')
    .option('--config <file>', 'the supergraph.yaml, in the format of rover', 'supergraph.yaml')
    .option('--out <file>', 'write the SDL to a file instead')
    .option('--json', 'print supergraph and hints, or the errors, as JSON')
    .action(compose);
}

async function compose({ config, out, json }: ComposeOptions): Promise<void> {
  // Loaded once it is needed: help and refusals of wrong use should not wait for it.
  const { CompositionError, composeSupergraph } = await import(
    '../../control/composition/compose-supergraph.ts'
  );
  const { formatRemark } = await import('../../control/composition/composition-outcome.ts');
  let composed: ComposedSupergraph;
  try {
    composed = await composeSupergraph(config);
  } catch (error) {
    if (json === undefined || !(error instanceof CompositionError)) throw error;
    printJson({ errors: error.faults });
    process.exitCode = EXIT_CODES.failed;
    return;
  }
  const { supergraphSdl, subgraphNames, hints } = composed;
  if (out !== undefined) writeFileSync(out, supergraphSdl);
  if (json === true) {
    printJson({ ...(out === undefined ? { supergraphSdl } : { out }), subgraphs: subgraphNames, hints });
    return;
  }
  for (const hint of hints) process.stderr.write(`${pc.yellow('hint')} ${formatRemark(hint)}\n`);
  process.stdout.write(
    out === undefined
      ? supergraphSdl
      : `${out}: composed from ${subgraphNames.length} subgraphs (${subgraphNames.join(', ')}), ${hints.length} hints\n`,
  );
}
