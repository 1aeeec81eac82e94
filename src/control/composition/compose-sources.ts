import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../errors/errors.ts';
import { type CompositionInput, type CompositionOutcome, compositionOutcome } from './composition-outcome.ts';
import { ConfinedProgramError, type Confinement, runConfined } from './run-confined.ts';

const PROGRAM = fileURLToPath(new URL('./composition-main.ts', import.meta.url));
/** What a person composes from files of their own may take; what is published gets less. */
const OWN_FILES: Confinement = { timeoutMs: 60_000, memoryMb: 1024 };

/**
 * Composes subgraphs, or reads a supergraph that is composed already, in a process of its own, which is killed when it
 * takes too long or too much memory.
 *
 * @param confinement - a minute and a gigabyte unless it says otherwise
 * @throws ConfigError COMPOSITION_FAILED when the process ends without an outcome
 */
export async function composeSources(
  input: CompositionInput,
  confinement: Partial<Confinement> = {},
): Promise<CompositionOutcome> {
  try {
    const answer = await runConfined(PROGRAM, input, { ...OWN_FILES, ...confinement });
    const parsed = compositionOutcome.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new ConfigError('COMPOSITION_FAILED', 'Composition gave no usable outcome.', parsed.error);
  } catch (error) {
    if (!(error instanceof ConfinedProgramError)) throw error;
    throw new ConfigError('COMPOSITION_FAILED', `Composition ${error.message}.`, error);
  }
}
