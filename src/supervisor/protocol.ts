import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { z } from 'zod';
import type { UsageDay, UsageQuery } from '../context.ts';
import type { SignedSnapshot } from '../control/signed-snapshot.ts';
import { keyRecord } from '../control/snapshot-schema.ts';
import { CODES, type Code } from '../errors/codes.ts';
import { usageBatch } from '../limits/usage/usage.ts';
import type { WorkerSecrets } from '../snapshot.ts';

/**
 * What primary and worker say to each other over IPC. Messages are checked where they come in, in both
 * directions: the two may one day be of different versions.
 */

/** A registry's metrics as prom-client hands them to another process. */
export type WorkerMetrics = MetricObjectWithValues<MetricValue<string>>[];

const secrets = z.object({
  keyPeppers: z.array(z.string().min(1)).min(1),
  sealingKeys: z.array(z.string().min(1)).min(1),
  signingKey: z.looseObject({ kty: z.string() }),
  redisUrl: z.string().optional(),
}) as unknown as z.ZodType<WorkerSecrets>;

const usageQuery = z.object({
  accountId: z.string(),
  keyId: z.string().nullable(),
  fromDay: z.iso.date(),
}) satisfies z.ZodType<UsageQuery>;

const usageDay = z.object({
  day: z.iso.date(),
  points: z.int().min(0),
  operations: z.int().min(0),
  throttled: z.int().min(0),
}) satisfies z.ZodType<UsageDay>;

/** Who opens the envelope checks it, and refuses it with the reason. */
const signedSnapshot = z.looseObject({ id: z.string() }) as unknown as z.ZodType<SignedSnapshot>;

const fromPrimary = z.discriminatedUnion('type', [
  /** Build the gateway and accept on the handle that comes with the message. */
  z.object({
    type: z.literal('start'),
    snapshot: signedSnapshot,
    secrets,
    /** The public key that this and every later snapshot is signed with; PEM. */
    snapshotKey: z.string(),
    /** Where the handle listens, as it was asked for; the port is the one that came of it. */
    listener: z.object({ host: z.string(), port: z.int() }),
    /** What the worker is started with, for a later primary: see `generationOf`. */
    generation: z.string(),
    /** Where to open a door. Absent: the worker ends with its primary. */
    doorFolder: z.string().exactOptional(),
    /** Where usage goes that no primary takes any more. */
    usageSpoolPath: z.string().exactOptional(),
  }),
  /** Keep the handle that comes with the message and open a door: a primary will come with `start`. */
  z.object({ type: z.literal('inherit'), doorFolder: z.string(), snapshotKey: z.string() }),
  /** Start another worker and hand it the listening socket. */
  z.object({
    type: z.literal('lend'),
    requestId: z.int(),
    program: z.string(),
    execArgv: z.array(z.string()),
  }),
  /** Build a new snapshot aside and swap it in. */
  z.object({ type: z.literal('reload'), snapshot: signedSnapshot }),
  /** Load what the first operations need: the platform is up, and its start need not wait for that any more. */
  z.object({ type: z.literal('warm-up') }),
  /** Take other keys at once. */
  z.object({ type: z.literal('keys'), keys: z.array(keyRecord) }),
  /** Answer what is under way, then end. */
  z.object({ type: z.literal('drain') }),
  /** What was used, to whoever asked; null when that cannot be told. */
  z.object({ type: z.literal('usage-answer'), requestId: z.int(), days: z.array(usageDay).nullable() }),
  /** A batch of usage is where nothing loses it. */
  z.object({ type: z.literal('usage-taken'), sequence: z.int() }),
  /** Tell metrics and memory. */
  z.object({ type: z.literal('report'), requestId: z.int() }),
]);

const code = z.custom<Code>((value) => typeof value === 'string' && value in CODES, 'a code of the registry');

const fromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), snapshotId: z.string(), port: z.int() }),
  /** The worker has inherited a socket and can be found. */
  z.object({ type: z.literal('waiting') }),
  /** Another worker waits for a primary with the same socket; null when it could not be started. */
  z.object({ type: z.literal('lent'), requestId: z.int(), pid: z.int().nullable(), message: z.string() }),
  /** Somebody has asked the worker to end: it serves on until another one has its place. */
  z.object({ type: z.literal('leaving') }),
  /** The worker cannot serve what it was given, and ends. */
  z.object({ type: z.literal('failed'), code, message: z.string() }),
  z.object({ type: z.literal('reloaded'), snapshotId: z.string() }),
  /** The worker still serves the snapshot before. */
  z.object({ type: z.literal('reload-failed'), snapshotId: z.string(), message: z.string() }),
  /** Tell what was used. */
  z.object({ type: z.literal('usage-query'), requestId: z.int(), query: usageQuery }),
  /** Who used what since the last batch; the answer is `usage-taken`, and without it the batch comes again. */
  z.object({ type: z.literal('usage'), batch: usageBatch }),
  /** When secrets of keys were used last. */
  z.object({
    type: z.literal('key-uses'),
    uses: z.array(z.object({ keyId: z.string(), verifier: z.string(), lastUsedAtMs: z.number() })),
  }),
  z.object({
    type: z.literal('report'),
    requestId: z.int(),
    metrics: z.custom<WorkerMetrics>((value) => Array.isArray(value), 'a list of metrics'),
    rssBytes: z.number(),
  }),
]);

const fromSubgraph = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening'), port: z.int().min(1), url: z.url() }),
  z.object({ type: z.literal('failed'), code: z.string().optional(), message: z.string() }),
]);

export type PrimaryMessage = z.infer<typeof fromPrimary>;
export type WorkerMessage = z.infer<typeof fromWorker>;
export type SubgraphMessage = z.infer<typeof fromSubgraph>;

/** A message of another form than the protocol's: a fault of ours, never of a caller. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Reads what a worker was sent. @throws ProtocolError */
export const readPrimaryMessage = (message: unknown): PrimaryMessage => read(fromPrimary, message);
/** Reads what a worker sent. @throws ProtocolError */
export const readWorkerMessage = (message: unknown): WorkerMessage => read(fromWorker, message);
/** Reads what a subgraph sent. @throws ProtocolError */
export const readSubgraphMessage = (message: unknown): SubgraphMessage => read(fromSubgraph, message);

function read<Schema extends z.ZodType>(schema: Schema, message: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(message);
  if (parsed.success) return parsed.data;
  throw new ProtocolError(z.prettifyError(parsed.error), { cause: parsed.error });
}
