import { type Logger, pino } from 'pino';
import type { CallerContext } from './access.ts';
import { readTrustedKeys } from './caller.ts';
import { type RunningSubgraph, type SubgraphDefinition, startSubgraph } from './server.ts';
import { readSettings, SettingsError, type SubgraphSettings } from './settings.ts';

export interface SubgraphProgram {
  /** The name in `supergraph.yaml`. */
  readonly name: string;
  readonly defaultPort: number;
}

/** Runs a subgraph as a program of its own: settings from the environment, JSON logs, an orderly end. */
export async function runSubgraph<Context extends CallerContext>(
  { name, defaultPort }: SubgraphProgram,
  define: (settings: SubgraphSettings, log: Logger) => Promise<SubgraphDefinition<Context>>,
): Promise<void> {
  const log = pino({ name, level: process.env.LOG_LEVEL ?? 'info' });
  try {
    const settings = readSettings(defaultPort);
    const trustedKeys = await readTrustedKeys(settings.trustedKeysFile);
    const definition = await define(settings, log);
    const { host, port } = settings;
    const subgraph = await startSubgraph(definition, { host, port, trustedKeys, log }).catch(
      async (error: unknown) => {
        // Its timers and tables would keep a program alive that serves nobody.
        await definition.close?.();
        throw error;
      },
    );
    log.info({ url: subgraph.url }, 'listening');
    endWithParent(subgraph, log);
    process.send?.({ type: 'listening', port: subgraph.port, url: subgraph.url });
  } catch (error) {
    process.exitCode = 1;
    const message = describeStartFailure(error, name);
    if (process.send === undefined) log.fatal(message);
    const { code } = error as NodeJS.ErrnoException;
    process.send?.({ type: 'failed', code, message }, () => process.disconnect?.());
  }
}

function describeStartFailure(error: unknown, name: string): string {
  if (error instanceof SettingsError) return error.message;
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is taken: the ${name} subgraph cannot listen there.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Stops on SIGTERM, and when the process that started this one is gone. A forked subgraph leaves SIGINT to its
 * parent: a terminal sends Ctrl-C to the whole group, and the gateway's last requests still need their subgraphs.
 */
function endWithParent(subgraph: RunningSubgraph, log: Logger): void {
  let isClosing = false;
  const close = (reason: string): void => {
    if (isClosing) return;
    isClosing = true;
    log.info({ reason }, 'closing');
    void subgraph.close().finally(() => process.exit());
  };
  process.once('SIGTERM', () => close('SIGTERM'));
  if (process.send === undefined) {
    process.once('SIGINT', () => close('SIGINT'));
  } else {
    process.on('SIGINT', () => {});
    process.once('disconnect', () => close('parent gone'));
  }
}
