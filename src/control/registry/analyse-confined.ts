import { fileURLToPath } from 'node:url';
import { type Confinement, runConfined } from '../composition/run-confined.ts';
import { type ChangeAnalysis, changeAnalysis, type ProposedChange } from './change-analysis.ts';

const PROGRAM = fileURLToPath(new URL('./analysis-main.ts', import.meta.url));

/**
 * Analyses a change in a process of its own.
 *
 * @throws ConfinedProgramError when it takes too long or too much memory
 */
export async function analyseConfined(
  change: ProposedChange,
  confinement: Confinement,
): Promise<ChangeAnalysis> {
  return changeAnalysis.parse(await runConfined(PROGRAM, change, confinement));
}
