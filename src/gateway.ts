import { isDeepStrictEqual } from 'node:util';
import { buildASTSchema, type GraphQLSchema, OperationTypeNode, parse } from 'graphql';
import { type CallerMemory, createCallerMemory } from './auth/caller-memory.ts';
import { type CallerTokenSigner, createCallerTokenSigner } from './auth/caller-token.ts';
import type { Credentials } from './auth/credentials.ts';
import { ANONYMOUS, createCallerIdentifier } from './auth/identify-caller.ts';
import { callerOf } from './auth/key-directory.ts';
import type { KeyUse } from './auth/key-usage.ts';
import { createFetcherFactory } from './batching/create-fetcher.ts';
import { createRunSharing } from './batching/share-runs.ts';
import { authorisationFingerprint, requestKey } from './batching/sharing-keys.ts';
import { WriteEpoch } from './batching/write-epoch.ts';
import type { DocumentStore } from './caching/document-store.ts';
import { createMemoryDocumentStore } from './caching/memory-document-store.ts';
import { createRedisDocumentStore } from './caching/redis-document-store.ts';
import type { GatewaySettings } from './config/gateway-settings.ts';
import { callSettingsOf, type SubgraphCallSettings } from './config/subgraph-settings.ts';
import type { Caller, PreparedOperation, RequestedDocument } from './context.ts';
import { ConfigError, InternalError, RequestError } from './errors/errors.ts';
import type { Executor } from './execution/executor.ts';
import { shapeResult } from './execution/shape-result.ts';
import { createSubgraphDataSource } from './execution/subgraph-data-source.ts';
import { createTributaryExecutor } from './execution/tributary-executor.ts';
import { Cancellation } from './lib/cancellation.ts';
import type { BudgetKeeper } from './limits/budget/budget-keeper.ts';
import { createBudgetKeeper } from './limits/create-budget-keeper.ts';
import { createMetering, NO_METERING } from './limits/create-metering.ts';
import { enforceStructure } from './limits/enforce-structure.ts';
import { createTierCaps } from './limits/enforce-tier.ts';
import { measureOperation } from './limits/measure-operation.ts';
import type { Logger } from './observability/logger.ts';
import type { Metrics } from './observability/metrics.ts';
import { createCachePolicy } from './operations/cache-policy.ts';
import { createOperationLog, type OperationLog, type OperationUse } from './operations/operation-log.ts';
import { createAuditLog } from './operations/persisted/audit-log.ts';
import { compileDocuments } from './operations/persisted/compile-documents.ts';
import { createRegistrationQuota } from './operations/persisted/registration-quota.ts';
import { createDocumentResolver } from './operations/persisted/resolve-document.ts';
import { indexTrustedDocuments } from './operations/persisted/trusted-documents.ts';
import { createOperationPreparer, type OperationPreparer } from './operations/prepare-operation.ts';
import { createParameterReader } from './operations/read-parameters-once.ts';
import {
  type OperationAnswer,
  type OperationOutcome,
  type OperationRequest,
  type PipelineSteps,
  runIdentified,
  runOperation,
} from './pipeline.ts';
import { oneOfEachClass } from './shield/caller-class.ts';
import { createShield, type Shield } from './shield/create-shield.ts';
import { nullRefused } from './shield/null-refused.ts';
import type { KeyRecord, Snapshot, WorkerSecrets } from './snapshot.ts';
import type { RedisClient } from './storage/redis.ts';
import { contractSchema } from './supergraph/contract-schema.ts';
import { plannerSupergraph } from './supergraph/planner-supergraph.ts';
import { type PublicCoordinates, readPublicCoordinates } from './supergraph/public-coordinates.ts';
import { subgraphUrls } from './supergraph/subgraph-urls.ts';
import { balanceLoad, type Endpoint } from './transport/balance-load.ts';
import { withBreaker } from './transport/breaker.ts';
import { withCallLog } from './transport/call-log.ts';
import { withCallMetrics } from './transport/call-metrics.ts';
import { withDeadline } from './transport/deadline.ts';
import type { EgressPolicy } from './transport/egress-guard.ts';
import { createHttpSubgraphClient } from './transport/http-subgraph-client.ts';
import { withConcurrencyLimit } from './transport/limit-concurrency.ts';
import { withRetry } from './transport/retry.ts';
import { createRetryBudget, type RetryBudget } from './transport/retry-budget.ts';
import type { SubgraphClient } from './transport/subgraph-client.ts';

/** Serves operations from one snapshot at a time. */
export interface Gateway {
  readonly snapshotId: string;
  readonly settings: GatewaySettings;
  /** @throws RequestError, RequestErrors when the request is refused; InternalError never leaves here unlogged */
  handle(request: OperationRequest): Promise<OperationOutcome>;
  /**
   * Serves operations that came in one request, side by side; each is admitted, or refused, by itself. The caller is
   * identified once, before anything else of the request is read: a signature is good for one use.
   *
   * @returns what each came to, in their order
   * @throws RequestError when credentials are bad, or whatever `readRequests` throws
   */
  handleBatch(
    credentials: Credentials,
    readRequests: () => readonly OperationRequest[],
  ): Promise<readonly PromiseSettledResult<OperationOutcome>[]>;
  /**
   * Builds a new snapshot aside and swaps it in with one assignment. Requests under way end on the old one. Where only
   * keys or documents differ, the engine stays with its plans and caches.
   *
   * @throws ConfigError when the snapshot cannot be served; the old one never noticed
   */
  reload(snapshot: Snapshot): Promise<void>;
  /** Loads what the first operations need and a start need not wait for. @throws ConfigError */
  warmUp(): Promise<void>;
  /**
   * Takes other keys at once, also while another engine is being built: a revoked key does not wait for that. The next
   * snapshot has them, too.
   */
  replaceKeys(keys: readonly KeyRecord[]): void;
  /** When keys were used, as far as that was not taken before. */
  takeKeyUses(): readonly KeyUse[];
  /** Which operations were served since the last time, and for whom. */
  takeOperationUses(): readonly OperationUse[];
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly snapshot: Snapshot;
  readonly secrets: WorkerSecrets;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Shared with other processes and machines; without it what is kept is kept in this process. */
  readonly redis?: RedisClient | undefined;
  /** The same Redis for budgets, with time enough for a busy process to read an answer; `redis` by default. */
  readonly budgetRedis?: RedisClient | undefined;
}

/** What outlives snapshots. */
interface Foundation extends GatewayOptions {
  readonly tokens: CallerTokenSigner;
  /** The documents that clients register. */
  readonly registered: DocumentStore;
  /** The mutations that have ended. */
  readonly writes: WriteEpoch;
  /** What was served lately, on whichever engine. */
  readonly served: OperationLog;
  /** What is known of callers besides the keys of a snapshot. */
  readonly callers: CallerMemory;
  readonly budgets: BudgetKeeper;
}

/** What serves one supergraph under one set of settings, with all of its caches. */
interface Engine {
  /** Another one with the same engine takes its place in one assignment, with the steps that it changes. */
  snapshot: Snapshot;
  steps: PipelineSteps;
  /** Requests under way on this engine. */
  inFlight: number;
  /** Set when the engine was replaced; called when its last request ends. */
  onIdle: (() => void) | undefined;
  /** @param documents - of operations that are planned ahead, where they still fit; the latest served first */
  readonly warmUp: (documents?: readonly RequestedDocument[]) => Promise<void>;
  /** Compiles documents ahead of their first call, for `documents.warmMs` or until it is done. */
  readonly compileDocuments: (texts: Iterable<string>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Classes of callers whose forms of a document are compiled ahead. */
const CALLER_CLASSES_AHEAD = 16;

/**
 * Builds and wires the rooms for one worker. The only place that decides who wraps whom.
 *
 * @throws ConfigError when the snapshot cannot be served
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { snapshot, secrets, metrics, redis } = options;
  const { bytes } = snapshot.settings.documents.automatic;
  const foundation = {
    tokens: await createCallerTokenSigner(secrets.signingKey),
    callers: createCallerMemory(options),
    registered:
      redis === undefined ? createMemoryDocumentStore(bytes) : createRedisDocumentStore(redis, bytes),
    writes: new WriteEpoch(),
    served: createOperationLog(),
    budgets: createBudgetKeeper({
      ...options,
      settings: snapshot.settings,
      redis: options.budgetRedis ?? redis,
    }),
  };
  const build = (next: Snapshot) => buildEngine({ ...options, ...foundation, snapshot: next });
  let engine = await build(snapshot);
  /** Keys that came while a snapshot with older ones was being built. */
  let hurriedKeys: readonly KeyRecord[] | undefined;
  const takeKeys = (keys: readonly KeyRecord[]): void => {
    const withKeys = { ...engine.snapshot, keys };
    const identify = createIdentify({ ...options, ...foundation, snapshot: withKeys });
    Object.assign(engine, { snapshot: withKeys, steps: { ...engine.steps, identify } });
  };

  /** Has the engine of the moment do something; it is not closed meanwhile. */
  const admit = async <Result>(work: (steps: PipelineSteps) => Result | Promise<Result>): Promise<Result> => {
    const current = engine;
    if (current.inFlight >= current.snapshot.settings.server.concurrentOperations)
      throw new RequestError('OVERLOADED');
    current.inFlight += 1;
    metrics.operationsInFlight.inc();
    try {
      return await work(current.steps);
    } finally {
      current.inFlight -= 1;
      metrics.operationsInFlight.dec();
      if (current.inFlight === 0) current.onIdle?.();
    }
  };
  const note = (outcome: OperationOutcome, request: OperationRequest): OperationOutcome => {
    foundation.served.note(outcome.operation, outcome.caller.client ?? request.client?.name);
    return outcome;
  };

  return {
    get snapshotId() {
      return engine.snapshot.id;
    },
    get settings() {
      return engine.snapshot.settings;
    },
    handle: (request) => admit(async (steps) => note(await runOperation(steps, request), request)),
    async handleBatch(credentials, readRequests) {
      const caller = await admit((steps) => steps.identify(credentials));
      return Promise.allSettled(
        readRequests().map((request) =>
          admit(async (steps) => note(await runIdentified(steps, request, caller), request)),
        ),
      );
    },
    async reload(next) {
      hurriedKeys = undefined;
      if (next.id === engine.snapshot.id) return;
      if (needsSameEngine(engine.snapshot, next)) {
        const steps = {
          ...engine.steps,
          ...createSnapshotSteps({ ...options, ...foundation, snapshot: next }),
        };
        const known = new Set(engine.snapshot.documents.map(({ text }) => text));
        Object.assign(engine, { snapshot: next, steps });
        // Nobody waits: a key that was revoked meanwhile must not work on, and plans are awaited where they are needed.
        void engine.compileDocuments(textsOf(next).filter((text) => !known.has(text)));
        return;
      }
      const fresh = await build(next);
      try {
        // Nobody waits for the planner of a new snapshot: the old one serves meanwhile.
        await fresh.warmUp(foundation.served.latest());
      } catch (error) {
        await fresh.close();
        throw error;
      }
      const old = engine;
      engine = fresh;
      if (hurriedKeys !== undefined) takeKeys(hurriedKeys);
      void closeWhenIdle(old);
    },
    warmUp: () => engine.warmUp(),
    replaceKeys(keys) {
      hurriedKeys = keys;
      takeKeys(keys);
    },
    takeKeyUses: () => foundation.callers.usage.take(),
    takeOperationUses: () => foundation.served.take(),
    async close() {
      await closeWhenIdle(engine);
      await foundation.budgets.close();
    },
  };
}

async function closeWhenIdle(engine: Engine): Promise<void> {
  if (engine.inFlight > 0) {
    await new Promise<void>((resolve) => {
      engine.onIdle = resolve;
    });
  }
  await engine.close();
}

async function buildEngine(options: Foundation): Promise<Engine> {
  const { snapshot, writes, log, metrics } = options;
  const { settings } = snapshot;
  if (snapshot.open && plannerSupergraph(snapshot.supergraphSdl).hasAccessDirectives) {
    log.warn('the supergraph has access directives; with --open the gateway passes every operation on');
  }
  const subgraphs = createSubgraphs(options);
  const shield = snapshot.open
    ? undefined
    : await createShield({ supergraphSdl: snapshot.supergraphSdl, settings: settings.rules, log, metrics });
  const executor = await createExecutor(options, subgraphs, shield);
  const permits = shield?.createPermits(executor.apiSchema);
  const { prepare, readTrusted } = createPrepareByContract(executor.apiSchema, snapshot, metrics);
  const ended = new Cancellation();

  const engine: Engine = {
    snapshot,
    inFlight: 0,
    onIdle: undefined,
    async warmUp(documents = []) {
      await executor.warmUp(documents.flatMap((document) => prepareAhead(prepare, document)));
      const texts = new Set(textsOf(engine.snapshot));
      const served = documents.flatMap(({ text }) => (texts.has(text) ? [text] : []));
      await engine.compileDocuments(new Set([...served, ...texts]));
    },
    compileDocuments: (texts) =>
      compileDocuments({
        texts,
        read: readTrusted,
        formsOf: async (operation) =>
          (await permits?.formsFor(operation, callersOf(engine.snapshot))) ?? [operation],
        compile: executor.compile,
        budgetMs: settings.documents.warmMs,
        signal: ended,
        onDocument(error) {
          metrics.compiledDocuments.inc({ result: error === undefined ? 'ok' : 'failed' });
          if (error !== undefined) log.warn({ err: error }, 'a trusted document cannot be compiled');
        },
      }),
    async close() {
      ended.abort(new Error('the engine is closed'));
      await executor.close();
      await Promise.all([...subgraphs.values()].map(({ client }) => client.close()));
    },
    steps: {
      ...createSnapshotSteps(options),
      ...(snapshot.open
        ? NO_METERING
        : createMetering({
            ...options,
            apiSchema: executor.apiSchema,
            keeper: options.budgets,
            keys: () => engine.snapshot.keys,
          })),
      read: createRead(),
      prepare,
      permit: permits?.permit ?? ((operation) => operation),
      share: createShare(settings, writes, metrics),
      async execute(operation, { requestId, client }, caller, signal, offer) {
        try {
          const shown = permits?.narrow(operation, caller) ?? caller;
          return await executor.execute(operation, { requestId, caller: shown, client, signal }, offer);
        } finally {
          if (operation.type === 'mutation') writes.advance();
        }
      },
      shape: (raw, operation) =>
        shapeResult(nullRefused(raw, operation, executor.apiSchema), settings.limits.errors),
      cachePolicy: createCachePolicy({
        schema: executor.apiSchema,
        settings: settings.cache,
        isPublicField: createPublicity(snapshot.supergraphSdl, shield),
      }),
    },
  };
  return engine;
}

function textsOf({ documents }: Snapshot): readonly string[] {
  return documents.map(({ text }) => text);
}

/** A caller of each kind that there is. */
function callersOf({ keys }: Snapshot): readonly Caller[] {
  return oneOfEachClass([ANONYMOUS, ...keys.map(callerOf)], CALLER_CLASSES_AHEAD);
}

const SERVED_TYPES: readonly OperationTypeNode[] = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION];

/** An operation that was served before, for a schema that it may not fit any more. */
function prepareAhead(prepare: PipelineSteps['prepare'], document: RequestedDocument): PreparedOperation[] {
  try {
    return [prepare({ document, onGood: undefined }, { allowedTypes: SERVED_TYPES })];
  } catch {
    return [];
  }
}

/** Whether two snapshots differ in nothing but keys and documents: plans and caches of the one serve the other. */
function needsSameEngine(before: Snapshot, after: Snapshot): boolean {
  const engineOf = ({ id, keys, documents, ...rest }: Snapshot) => rest;
  return isDeepStrictEqual(engineOf(before), engineOf(after));
}

/** The steps that change with the keys and documents of a snapshot. */
function createSnapshotSteps(options: Foundation): Pick<PipelineSteps, 'identify' | 'resolve'> {
  return { identify: createIdentify(options), resolve: createResolve(options) };
}

function createIdentify({ snapshot, secrets, callers }: Foundation): PipelineSteps['identify'] {
  const { keys, open, settings } = snapshot;
  return createCallerIdentifier({
    ...callers.for(settings.auth),
    keys,
    open,
    guards: secrets,
  }).identify;
}

/** A subgraph as the engine reaches it. */
interface Subgraph {
  readonly client: SubgraphClient;
  /** For all that asks it again. */
  readonly retryBudget: RetryBudget;
}

type Subgraphs = ReadonlyMap<string, Subgraph>;

function createSubgraphs({ snapshot, log, metrics }: GatewayOptions): Subgraphs {
  const urls = { ...subgraphUrls(snapshot.supergraphSdl, 'the supergraph'), ...snapshot.routingUrls };
  return new Map(
    Object.entries(urls).map(([subgraph, url]) => {
      const call = callSettingsOf(snapshot.settings.subgraphs, subgraph);
      const retryBudget = createRetryBudget(call.retry);
      // URLs of the operator's own files and settings are trusted.
      const isGuarded = call.urls === undefined && snapshot.guardedSubgraphs?.includes(subgraph) === true;
      const egress = isGuarded ? snapshot.settings.egress : undefined;
      const client = createClient(subgraph, url, { ...call, egress }, retryBudget, metrics);
      return [
        subgraph,
        { client: withCallLog(client, log, snapshot.settings.logging.subgraphErrors), retryBudget },
      ];
    }),
  );
}

function subgraphOf(subgraphs: Subgraphs, name: string): Subgraph {
  const subgraph = subgraphs.get(name);
  if (subgraph === undefined) throw new InternalError(`there is no subgraph "${name}"`);
  return subgraph;
}

/** The engine that the settings name; both send over the same clients, with the same tokens. */
async function createExecutor(
  { snapshot, writes, log, metrics, tokens }: Foundation,
  subgraphs: Subgraphs,
  shield: Shield | undefined,
): Promise<Executor> {
  const { settings, supergraphSdl, apiSdl } = snapshot;
  const headersFor = async (subgraph: string, caller: Caller, requestId: string) => ({
    authorization: `Bearer ${await tokens.sign(caller, subgraph)}`,
    'x-request-id': requestId,
  });
  if (settings.engine === 'apollo') {
    // Loaded when it is asked for: our engine needs nothing of it on the main thread.
    const { createApolloExecutor } = await import('./execution/apollo-executor.ts');
    return createApolloExecutor({
      supergraphSdl: plannerSupergraph(supergraphSdl).sdl,
      log,
      dataSourceFor: (subgraph) =>
        createSubgraphDataSource(subgraphOf(subgraphs, subgraph).client, ({ caller, requestId }) =>
          headersFor(subgraph, caller, requestId),
        ),
    });
  }
  const createFetcher = createFetcherFactory({
    sharing: settings.sharing,
    writes,
    retryBudgetOf: (subgraph) => subgraphOf(subgraphs, subgraph).retryBudget,
    metrics,
    send: async ({ subgraph, operationKind, body, caller, audience, requestId, signal }) => {
      // What is public is asked for without saying who asks, whether it is shared or not.
      const shown = audience === 'public' ? publicCaller(caller.tier) : caller;
      const headers = await headersFor(subgraph, shown, requestId);
      return subgraphOf(subgraphs, subgraph).client.send({ operationKind, body, headers, signal });
    },
  });
  return createTributaryExecutor({
    supergraphSdl,
    apiSdl,
    planning: settings.planning,
    createFetcher,
    metrics,
    ...(shield && { privateCoordinates: shield.rules.privateCoordinates }),
  });
}

const NO_SCOPES: ReadonlySet<string> = new Set();
const publicCallers = new Map<Caller['tier'], Caller>();

/** Nobody in particular of a tier; one object each, by which what is made for callers is found again. */
function publicCaller(tier: Caller['tier']): Caller {
  let caller = publicCallers.get(tier);
  if (caller === undefined) {
    caller = { tier, scopes: NO_SCOPES };
    publicCallers.set(tier, caller);
  }
  return caller;
}

/** Gives each request its deadline, and lets equal queries of callers with the same rights share one run, where the settings allow it. */
function createShare(
  { server, sharing }: GatewaySettings,
  writes: WriteEpoch,
  metrics: Metrics,
): PipelineSteps['share'] {
  const share = createRunSharing<OperationAnswer>({
    timeoutMs: server.operationTimeoutMs,
    onShared: () => metrics.sharedFetches.inc({ layer: 'operations' }),
  });
  return ({ type, text: document }, { text, signal }, caller, run) => {
    const key =
      sharing.operations && type === 'query'
        ? requestKey(writes.current, authorisationFingerprint(caller, 'caller'), document, text)
        : undefined;
    return share({ key, signal, run });
  };
}

/**
 * Who wraps whom on the way to a subgraph, from the caller's side: count and time → deadline → queue → breaker →
 * retry → one of the URLs. The deadline covers waiting and the retry; the breaker sees what the retry could not mend,
 * and neither calls nor failures of those that the queue turned away.
 */
function createClient(
  subgraph: string,
  routingUrl: string | undefined,
  settings: SubgraphCallSettings & { readonly egress: EgressPolicy | undefined },
  retryBudget: RetryBudget,
  metrics: Metrics,
): SubgraphClient {
  const { urls = [routingUrl], retry: _retry, breaker, ejection, ...http } = settings;
  const endpoints = urls.map((url): Endpoint => {
    if (url === undefined || !URL.canParse(url)) {
      throw new ConfigError(
        'SUPERGRAPH_INVALID',
        `The subgraph "${subgraph}" has no usable routing URL, found "${url ?? ''}".`,
      );
    }
    return { url, client: createHttpSubgraphClient({ ...http, subgraph, url }) };
  });
  let client = balanceLoad(endpoints, { ...ejection, metrics });
  client = withRetry(client, { budget: retryBudget, metrics });
  if (breaker.enabled) {
    const slowMs = breaker.slowShare * http.timeoutMs;
    client = withBreaker(client, { ...breaker, slowMs, metrics });
  }
  client = withConcurrencyLimit(client, {
    calls: http.connections * http.pipelining * endpoints.length,
    queuedCalls: http.queuedCalls,
  });
  return withCallMetrics(withDeadline(client, http.timeoutMs), metrics);
}

/** Equal texts of requests are read once. */
function createRead(): PipelineSteps['read'] {
  const readOnce = createParameterReader();
  return ({ text, readParameters }) => readOnce(text, readParameters);
}

/** Looks documents up among the trusted ones of the snapshot, then among those that clients registered. */
function createResolve({ snapshot, log, registered }: Foundation): PipelineSteps['resolve'] {
  const settings = snapshot.settings.documents;
  const resolver = createDocumentResolver({
    settings,
    trusted: indexTrustedDocuments(snapshot.documents),
    automatic: settings.automatic.enabled ? registered : undefined,
    mayRegister: createRegistrationQuota(settings.automatic.anonymousPerMinute),
    onUntrusted: createAuditLog(log),
  });
  return (parameters, { client, credentials }, caller) =>
    resolver.resolve(parameters, {
      caller,
      clientName: client?.name,
      remoteAddress: credentials.remoteAddress,
    });
}

/** Whether fields are open to everybody; the supergraph is read when the first answer could be kept. */
function createPublicity(
  supergraphSdl: string,
  shield: Shield | undefined,
): PublicCoordinates['isPublicField'] {
  let coordinates: PublicCoordinates | undefined;
  const read = (): PublicCoordinates => {
    const document = parse(supergraphSdl, { noLocation: true });
    const schema = buildASTSchema(document, { assumeValidSDL: true });
    return readPublicCoordinates(document, schema, shield?.rules.privateCoordinates);
  };
  return (typeName, fieldName) => {
    coordinates ??= read();
    return coordinates.isPublicField(typeName, fieldName);
  };
}

interface Preparation {
  readonly prepare: PipelineSteps['prepare'];
  /** The operations of a trusted document, ahead of their first request. */
  readonly readTrusted: OperationPreparer['read'];
}

/** Reads operations by what their callers know of: the whole API, or its public contract. */
function createPrepareByContract(schema: GraphQLSchema, snapshot: Snapshot, metrics: Metrics): Preparation {
  const { excludeTags, scopes } = snapshot.settings.contract;
  const whole = createPrepare(schema, snapshot, metrics);
  if (snapshot.open || excludeTags.length === 0) return whole;
  const document = parse(snapshot.supergraphSdl, { noLocation: true });
  const contract = { name: 'public', schema: contractSchema(schema, document, excludeTags) };
  const limited = createPrepare(contract.schema, snapshot, metrics);
  const known = new WeakMap<PreparedOperation, PreparedOperation>();
  const prepare: PipelineSteps['prepare'] = (resolved, request, caller) => {
    if (scopes.some((scope) => caller?.scopes.has(scope))) return whole.prepare(resolved, request, caller);
    const operation = limited.prepare(resolved, request, caller);
    const named = known.get(operation) ?? { ...operation, contract };
    known.set(operation, named);
    return named;
  };
  const readLimited = (text: string): readonly PreparedOperation[] => {
    try {
      return limited.readTrusted(text).map((operation) => ({ ...operation, contract }));
    } catch {
      // It asks for what the contract leaves out: whoever is bound by it is refused the document.
      return [];
    }
  };
  return { prepare, readTrusted: (text) => [...whole.readTrusted(text), ...readLimited(text)] };
}

function createPrepare(
  schema: GraphQLSchema,
  { settings, open }: Pick<Snapshot, 'settings' | 'open'>,
  metrics: Metrics,
): Preparation {
  const { limits, documents, budgets } = settings;
  const capsOfTier = open || budgets.mode !== 'enforce' ? undefined : createTierCaps(settings);
  const preparerWith = (caps: GatewaySettings['limits']) =>
    createOperationPreparer({
      schema,
      limits: caps,
      metrics,
      guard: (document, operation) => enforceStructure(measureOperation(document, operation), caps),
    });
  const arbitrary = preparerWith(limits);
  const trusted = preparerWith({ ...limits, ...documents.trustedLimits });
  /** What was prepared is known again by the document's object. */
  const prepared = new WeakMap<RequestedDocument, PreparedOperation>();
  const prepare: PipelineSteps['prepare'] = ({ document, onGood }, { allowedTypes }, caller) => {
    let operation = prepared.get(document);
    if (operation === undefined) {
      operation = (document.isTrusted ? trusted : arbitrary).prepare(document);
      prepared.set(document, operation);
    }
    if (!allowedTypes.includes(operation.type)) {
      throw new RequestError('BAD_REQUEST', {
        message: `A ${operation.type} cannot be sent by GET; use POST.`,
        status: 405,
      });
    }
    const isCapped = caller !== undefined && !document.isTrusted;
    const refusal = isCapped ? capsOfTier?.(operation, caller.tier) : undefined;
    if (refusal !== undefined) throw refusal;
    onGood?.();
    return operation;
  };
  return { prepare, readTrusted: trusted.read };
}
