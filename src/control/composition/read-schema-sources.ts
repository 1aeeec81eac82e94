import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { SupergraphConfig } from '../../config/supergraph-config.ts';
import { ConfigError } from '../../errors/errors.ts';
import { printableUrl } from '../../lib/printable-url.ts';
import type { SchemaSource } from './composition-outcome.ts';

const FETCH_TIMEOUT_MS = 5_000;
const SDL_LIMIT_BYTES = 8 * 1_048_576;
const SERVICE_QUERY = JSON.stringify({ query: '{ _service { sdl } }' });
const serviceAnswer = z.object({ data: z.object({ _service: z.object({ sdl: z.string().min(1) }) }) });

type SubgraphEntry = SupergraphConfig['subgraphs'][string];

/**
 * Reads the SDL of every subgraph of a `supergraph.yaml`, from files beside it or from running subgraphs.
 *
 * @param configFile - the path of the supergraph.yaml, to which the SDL files are relative
 * @throws ConfigError CONFIG_INVALID_VALUE (no routing URL), CONFIG_NOT_FOUND (a file) or SUBGRAPH_UNAVAILABLE
 *   (a subgraph that does not tell its SDL); faults of several subgraphs are told at once, under the first code
 */
export async function readSchemaSources(
  config: SupergraphConfig,
  configFile: string,
): Promise<readonly SchemaSource[]> {
  const settled = await Promise.allSettled(
    Object.entries(config.subgraphs).map(([name, entry]) => readSchemaSource(name, entry, configFile)),
  );
  const failures = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const unexpected = failures.find((failure) => !(failure instanceof ConfigError));
  if (unexpected !== undefined) throw unexpected;
  const [first] = failures as ConfigError[];
  if (first !== undefined) {
    throw new ConfigError(first.code, failures.map(({ message }) => message).join('\n'), first.cause);
  }
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function readSchemaSource(
  name: string,
  { routing_url: routingUrl, schema }: SubgraphEntry,
  configFile: string,
): Promise<SchemaSource> {
  if ('subgraph_url' in schema) {
    const location = schema.subgraph_url;
    return { name, routingUrl: routingUrl ?? location, sdl: await fetchSdl(name, location), location };
  }
  if (routingUrl === undefined) {
    throw new ConfigError(
      'CONFIG_INVALID_VALUE',
      `${configFile}: subgraphs.${name}.routing_url: expected a URL, found nothing; only a subgraph with schema.subgraph_url may leave it out.`,
    );
  }
  const file = resolve(dirname(configFile), schema.file);
  const location = relative(process.cwd(), file);
  try {
    return { name, routingUrl, sdl: readFileSync(file, 'utf8'), location };
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_NOT_FOUND',
      `${configFile}: subgraphs.${name}.schema.file: there is no file ${location}, or it cannot be read.`,
      cause,
    );
  }
}

/** Asks a running subgraph for its SDL; no redirects, a deadline, and a cap on the size. */
async function fetchSdl(name: string, url: string): Promise<string> {
  // Loaded for those who ask running subgraphs: most compositions read files.
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({ maxResponseSize: SDL_LIMIT_BYTES });
  try {
    const { statusCode, body } = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: SERVICE_QUERY,
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}`);
    return serviceAnswer.parse(JSON.parse(text)).data._service.sdl;
  } catch (cause) {
    throw new ConfigError(
      'SUBGRAPH_UNAVAILABLE',
      `${name}: ${printableUrl(url)} does not tell its SDL: ${describeFetchFailure(cause)}.`,
      cause,
    );
  } finally {
    await dispatcher.destroy();
  }
}

function describeFetchFailure(cause: unknown): string {
  if (cause instanceof z.ZodError || cause instanceof SyntaxError)
    return 'its answer has no _service { sdl }';
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return `no answer within ${FETCH_TIMEOUT_MS / 1000} s`;
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? cause.name);
}
