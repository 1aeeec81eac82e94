import { relative } from 'node:path';
import pc from 'picocolors';
import { printableUrl } from '../lib/printable-url.ts';
import type { Platform } from '../supervisor/start-platform.ts';

/**
 * Tells a person what serves where. The last line is made for programs too: `ready`, two spaces, the URL of the
 * public listener.
 */
export function announce({ graphqlUrl, adminUrl, routingUrls, workers, demoFile }: Platform): void {
  const rows: [string, string][] = [
    ...Object.entries(routingUrls).map(([name, url]): [string, string] => [name, printableUrl(url)]),
    ['workers', String(workers)],
    ['admin', `${adminUrl}/metrics`],
    ['sandbox', `${graphqlUrl} in a browser`],
    ...(demoFile === undefined ? [] : [['demo', relative(process.cwd(), demoFile)] as [string, string]]),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text]) => `  ${pc.dim(label.padEnd(width))}  ${text}`);
  // Whoever has read so far may have left: that is no reason to stop serving.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.stdout.write(`${[...lines, `${pc.green('ready')}  ${graphqlUrl}`].join('\n')}\n`);
}
