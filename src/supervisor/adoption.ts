import { type KeyObject, sign, verify } from 'node:crypto';
import { join, relative } from 'node:path';
import { z } from 'zod';

/**
 * How a worker that has outlived its primary and the next primary find each other: each worker has a Unix socket in the
 * state directory, its door. The worker says who it is, the primary proves that it holds the key that the worker's
 * snapshots are signed with; from then on the two speak the protocol of `protocol.ts`, a message a line.
 */

/** What a worker says to whoever comes to its door. */
const hello = z.object({
  type: z.literal('hello'),
  /** Made for this connection: a proof is good for one. */
  nonce: z.string().min(1),
  pid: z.int().min(1),
  /** When the process began, as the kernel counts it: tells it from a later one with its id. Null without `/proc`. */
  startedAtTicks: z.string().nullable(),
  startedAtMs: z.number(),
  /** What the worker was started with, see `generationOf`; null when it was not started yet. */
  generation: z.string().nullable(),
  listener: z.object({ host: z.string(), port: z.int() }).nullable(),
  snapshotId: z.string().nullable(),
});

/** The primary's proof. */
const adopt = z.object({ type: z.literal('adopt'), signature: z.string() });

/** The worker's answer to it. */
const verdict = z.object({ type: z.enum(['adopted', 'refused']) });

export type Hello = z.infer<typeof hello>;
export type Verdict = z.infer<typeof verdict>;

/** @throws ZodError when it is none */
export const readHello = (message: unknown): Hello => hello.parse(message);
/** @throws ZodError when it is none */
export const readVerdict = (message: unknown): Verdict => verdict.parse(message);

/** The primary's answer to a hello. */
export function proveTo({ pid, nonce }: Hello, key: KeyObject): z.infer<typeof adopt> {
  return { type: 'adopt', signature: sign(null, textOf(pid, nonce), key).toString('base64url') };
}

/** Whether a message proves that it comes from the primary. @param key - the primary's public key */
export function isProof(
  message: unknown,
  { pid, nonce }: Pick<Hello, 'pid' | 'nonce'>,
  key: KeyObject,
): boolean {
  const parsed = adopt.safeParse(message);
  return (
    parsed.success && verify(null, textOf(pid, nonce), key, Buffer.from(parsed.data.signature, 'base64url'))
  );
}

/** The name in front keeps the signature from meaning anything elsewhere. */
function textOf(pid: number, nonce: string): Buffer {
  return Buffer.from(`tributary adopt 1\n${pid}\n${nonce}\n`);
}

/** What names of sockets may be long everywhere; the kernel's limit is 107 bytes on Linux, 103 on macOS. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * The path of a worker's door.
 *
 * @returns the absolute path or the one from here, whichever is short enough for a socket; undefined when none is
 */
export function doorPath(folder: string, pid: number | string): string | undefined {
  const path = join(folder, `${pid}.sock`);
  return [path, relative(process.cwd(), path)].find(
    (each) => Buffer.byteLength(each) <= MAX_SOCKET_PATH_BYTES,
  );
}
