import { analyseChange } from './analyse-change.ts';
import type { ProposedChange } from './change-analysis.ts';

/** The program of the child process that analyses: takes the proposed change over IPC, answers the analysis, ends. */
process.once('message', async (change: ProposedChange) => {
  const analysis = await analyseChange(change);
  process.send?.(analysis, () => process.disconnect());
});

// Nobody waits for the analysis any more.
process.once('disconnect', () => process.exit());
