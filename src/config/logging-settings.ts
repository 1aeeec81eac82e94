import { z } from 'zod';

export const loggingSettings = z
  .strictObject({
    level: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('The least severity that is logged; each request is one line of level info.'),
  })
  .prefault({})
  .describe('Logs: JSON lines on standard output, secrets masked.');
