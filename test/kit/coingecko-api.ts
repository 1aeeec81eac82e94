import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MarketDataProvider } from '../../subgraphs/price/providers/market-data-provider.ts';
import { createRecordedProvider } from '../../subgraphs/price/providers/recorded-provider.ts';
import { openRecordingSet, type RecordedToken } from '../../subgraphs/price/recording/recording-set.ts';
import { type Clock, createClock, DAY_MS } from '../../subgraphs/shared/clock.ts';
import { Decimal } from '../../subgraphs/shared/decimal.ts';

const HOUR_MS = 3_600_000;
const signal = new AbortController().signal;

/** A request that the API received. */
export interface ApiRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** Answers in place of the API; returns false to let it answer. */
export type ApiFault = (request: ApiRequest, response: ServerResponse) => boolean | undefined;

/** A local server that answers as CoinGecko's API does, with the figures of the recorded sets. */
export interface CoinGeckoApi {
  readonly url: string;
  readonly received: readonly ApiRequest[];
  /** What happens to requests from now on; undefined for nothing. */
  setFault(fault: ApiFault | undefined): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Writes an exact number as JSON. */
const number = (value: Decimal | null | undefined): string => value?.toFixed() ?? 'null';

function send(response: ServerResponse, body: string, statusCode = 200): void {
  response.writeHead(statusCode, { 'content-type': 'application/json; charset=utf-8' }).end(body);
}

/** The members of the rows of `/coins/markets`, by token, made once: the API shall not be what is slow. */
async function describeMarkets(
  recorded: MarketDataProvider,
  tokens: readonly RecordedToken[],
): Promise<ReadonlyMap<string, string>> {
  const ids = tokens.filter(({ status }) => status === 'ACTIVE').map(({ id }) => id);
  const quotes = await recorded.quotes(ids, 'USD', signal);
  const statistics = await recorded.statistics(ids, signal);
  return new Map(
    [...quotes].map(([id, quote]) => {
      const change = (before: Decimal | null) =>
        before === null
          ? 'null'
          : quote.amount.dividedBy(before).minus(1).times(100).toSignificantDigits(30).toFixed();
      const figures = statistics.get(id);
      const row = `"id":"${id}","current_price":${quote.amount.toFixed()},
        "last_updated":"${new Date(quote.asOfMs).toISOString()}",
        "price_change_percentage_1h_in_currency":${change(quote.hourAgo)},
        "price_change_percentage_24h_in_currency":${change(quote.dayAgo)},
        "price_change_percentage_7d_in_currency":${change(quote.weekAgo)},
        "total_volume":${number(figures?.volume24hUsd)},
        "circulating_supply":${number(figures?.circulatingSupply)},
        "total_supply":${number(figures?.totalSupply)},
        "max_supply":${number(figures?.maxSupply)}`;
      return [id, row];
    }),
  );
}

/** Starts the API. It knows all tokens of the recorded sets that are priced, but those named as unknown. */
export async function createCoinGeckoApi(
  clock: Clock = createClock('fixed'),
  unknownIds: readonly string[] = [],
): Promise<CoinGeckoApi> {
  const folders = ['market-2017-2026', 'universe-synthetic'];
  const sources = await Promise.all(
    folders.map(async (folder) => ({
      source: folder,
      set: await openRecordingSet(new URL(`../../subgraphs/price/recordings/${folder}/`, import.meta.url)),
    })),
  );
  const recorded = createRecordedProvider(sources, clock);
  const tokens = await Promise.all(sources.map(({ set }) => set.tokens()));
  const received: ApiRequest[] = [];
  let fault: ApiFault | undefined;

  const rows = await describeMarkets(recorded, tokens.flat());
  const sparklines = await recorded.sparklines([...rows.keys()], signal);
  const markets = ({ query }: ApiRequest): string => {
    const ids = (query.get('ids') ?? '').split(',').filter((id) => rows.has(id) && !unknownIds.includes(id));
    const sparkline = (id: string) =>
      query.get('sparkline') === 'true'
        ? `,"sparkline_in_7d":{"price":[${sparklines.get(id)?.join() ?? ''}]}`
        : '';
    return `[${ids.map((id) => `{${rows.get(id)}${sparkline(id)}}`).join()}]`;
  };

  const chart = async (id: string, days: number): Promise<string | undefined> => {
    const series = await recorded.closes(id, days > 90 ? 'ONE_DAY' : 'ONE_HOUR', signal);
    if (series === undefined) return undefined;
    const points = series
      .values()
      .map((value, index) => [series.firstEndMs + index * series.intervalMs, value] as const)
      .filter(([atMs, value]) => value !== null && atMs > clock.now() - days * DAY_MS);
    // Hourly points come some seconds late, and the latest price stands at the end.
    const delayMs = days > 90 ? 0 : 41_331;
    const pairs = points.map(([atMs, value]) => `[${atMs + delayMs},${value}]`);
    const last = points.at(-1)?.[1];
    const latest = last === undefined ? [] : [`[${clock.now() + 10 * 60_000},${last}]`];
    return `{"prices":[${[...pairs, ...latest].join()}],"market_caps":[],"total_volumes":[]}`;
  };

  const ohlc = async (id: string, days: number): Promise<string | undefined> => {
    const intervalMs = 4 * HOUR_MS;
    const query = { intervalMs, currency: 'USD', fromMs: 0 };
    const series = await recorded.candles(id, query, signal);
    if (series === undefined || days < 3) return '[]';
    const rows: string[] = [];
    for (let index = 0; index < series.length; index += 4) {
      const hours = [0, 1, 2, 3].flatMap((offset) => series.at(index + offset) ?? []);
      const [first] = hours;
      if (first === undefined) continue;
      const high = Decimal.max(...hours.map((hour) => hour.high)).toFixed();
      const low = Decimal.min(...hours.map((hour) => hour.low)).toFixed();
      rows.push(`[${first.openMs + intervalMs},${first.open},${high},${low},${hours.at(-1)?.close}]`);
    }
    return `[${rows.join()}]`;
  };

  const answer = async (request: ApiRequest, response: ServerResponse): Promise<void> => {
    if (request.path === '/api/v3/coins/markets') return send(response, markets(request));
    const [, id = '', what] = /^\/api\/v3\/coins\/([^/]+)\/(market_chart|ohlc)$/.exec(request.path) ?? [];
    const days = Number(request.query.get('days')?.replace('max', 'Infinity'));
    const body =
      what === undefined || unknownIds.includes(id)
        ? undefined
        : await (what === 'ohlc' ? ohlc(id, days) : chart(id, days));
    if (body === undefined) send(response, '{"error":"coin not found"}', 404);
    else send(response, body);
  };

  const server = createServer((incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://localhost');
    const request = { path: pathname, query: searchParams, headers: incoming.headers };
    received.push(request);
    if (fault?.(request, response) === true) return;
    answer(request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/v3`,
    received,
    setFault: (next) => {
      fault = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Faults of the API, each with its body. */
export const apiFaults = {
  /** 429 with `Retry-After`, and the first shape of error bodies. */
  rateLimited: (_request: ApiRequest, response: ServerResponse) => {
    response.writeHead(429, { 'retry-after': '60', 'content-type': 'application/json' });
    response.end('{"status":{"error_code":429,"error_message":"the rate limit is exceeded"}}');
    return true;
  },
  /** The connection breaks. */
  dead: (_request: ApiRequest, response: ServerResponse) => {
    response.destroy();
    return true;
  },
} satisfies Record<string, ApiFault>;
