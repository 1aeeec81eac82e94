import { z } from 'zod';

export const loggingSettings = z
  .strictObject({
    level: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('The least severity that is logged; each request is one line of level info.'),
    subgraphErrors: z
      .boolean()
      .default(false)
      .describe(
        'Whether what subgraphs say of their errors is logged whole. It may hold what customers entered; else their codes and paths are.',
      ),
  })
  .prefault({})
  .describe('Logs: JSON lines on standard output, secrets masked.');
