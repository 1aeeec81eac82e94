import { isDeepStrictEqual } from 'node:util';
import type { Credentials } from './auth/credentials.ts';
import type { KeyUse } from './auth/key-usage.ts';
import type { GatewaySettings } from './config/gateway-settings.ts';
import type { UsageLog } from './limits/usage/usage-log.ts';
import {
  type OperationOutcome,
  type OperationRequest,
  type PipelineSteps,
  runIdentified,
  runOperation,
} from './pipeline.ts';
import type { KeyRecord, Snapshot } from './snapshot.ts';
import { buildEngine, textsOf } from './wiring/build-engine.ts';
import { admitTo, closeWhenIdle } from './wiring/engine.ts';
import { createFoundation, type GatewayOptions } from './wiring/foundation.ts';

export type { GatewayOptions } from './wiring/foundation.ts';

import { createIdentify, createSnapshotSteps } from './wiring/snapshot-steps.ts';

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
   * keys or documents differ, the engine stays with its plans and caches; keys count at once, new documents when they
   * are compiled, or after `documents.warmMs`.
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
  /** Who used what, as far as that was not taken before. */
  readonly usage: Pick<UsageLog, 'take'>;
  close(): Promise<void>;
}

/**
 * Builds and wires the rooms for one worker. With the files of `wiring/`, the only place that decides who wraps whom.
 *
 * @throws ConfigError when the snapshot cannot be served
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { snapshot, metrics } = options;
  const foundation = await createFoundation(options);
  const build = (next: Snapshot) => buildEngine({ ...foundation, snapshot: next });
  let engine = await build(snapshot);
  /** Keys that came while a snapshot with older ones was being built. */
  let hurriedKeys: readonly KeyRecord[] | undefined;
  const takeKeys = (keys: readonly KeyRecord[]): void => {
    const withKeys = { ...engine.snapshot, keys };
    const identify = createIdentify({ ...foundation, snapshot: withKeys });
    Object.assign(engine, { snapshot: withKeys, steps: { ...engine.steps, identify } });
  };

  /** Has the engine of the moment do something. */
  const admit = <Result>(work: (steps: PipelineSteps) => Result | Promise<Result>): Promise<Result> =>
    admitTo(engine, metrics, work);
  const note = (outcome: OperationOutcome): OperationOutcome => {
    foundation.served.note(outcome.operation);
    return outcome;
  };

  return {
    get snapshotId() {
      return engine.snapshot.id;
    },
    get settings() {
      return engine.snapshot.settings;
    },
    handle: (request) => admit(async (steps) => note(await runOperation(steps, request))),
    async handleBatch(credentials, readRequests) {
      const caller = await admit((steps) => steps.identify(credentials));
      return Promise.allSettled(
        readRequests().map((request) =>
          admit(async (steps) => note(await runIdentified(steps, request, caller))),
        ),
      );
    },
    async reload(next) {
      hurriedKeys = undefined;
      if (next.id === engine.snapshot.id) return;
      if (needsSameEngine(engine.snapshot, next)) {
        // First of all, and again when others came meanwhile: a key that was revoked does not wait for documents.
        takeKeys(next.keys);
        const known = new Set(textsOf(engine.snapshot));
        await engine.compileDocuments(textsOf(next).filter((text) => !known.has(text)));
        const current = { ...next, keys: hurriedKeys ?? next.keys };
        const steps = { ...engine.steps, ...createSnapshotSteps({ ...foundation, snapshot: current }) };
        Object.assign(engine, { snapshot: current, steps });
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
    usage: foundation.usage,
    async close() {
      await closeWhenIdle(engine);
      foundation.windows.close();
      const planner = options.plannerThread === undefined ? foundation.plannerThread.close() : undefined;
      await Promise.all([foundation.budgets.close(), planner]);
    },
  };
}

/** Whether two snapshots differ in nothing but keys and documents: plans and caches of the one serve the other. */
function needsSameEngine(before: Snapshot, after: Snapshot): boolean {
  const engineOf = ({ id, keys, documents, ...rest }: Snapshot) => rest;
  return isDeepStrictEqual(engineOf(before), engineOf(after));
}
