import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { ConfigError } from '../errors/errors.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { deepFreeze } from '../lib/deep-freeze.ts';
import { sha256 } from '../lib/sha256.ts';
import type { Snapshot } from '../snapshot.ts';
import { snapshotSchema } from './snapshot-schema.ts';

/** The form that this version writes and reads; another one is refused. */
const FORMAT = 1;

/**
 * A snapshot as it travels to workers and lies on the disk. Its address is the SHA-256 of its content, and the primary
 * signs the address: nobody else can make one that a worker serves.
 */
export interface SignedSnapshot {
  readonly format: typeof FORMAT;
  /** SHA-256 of `content`, hex: the snapshot's id. */
  readonly id: string;
  /** When it was signed, in milliseconds since the epoch. */
  readonly signedAtMs: number;
  /** Ed25519 over format, id and time; base64url. */
  readonly signature: string;
  /** Canonical JSON of everything in the snapshot but its id. */
  readonly content: string;
}

/** The form of the envelope; what it holds is checked when it is opened. */
const signedSnapshotSchema: z.ZodType<SignedSnapshot> = z.object({
  format: z.literal(FORMAT),
  id: z.string(),
  signedAtMs: z.number(),
  signature: z.string(),
  content: z.string(),
});

/** Signs a snapshot. @param key - the primary's private Ed25519 key */
export function signSnapshot(
  { id, ...rest }: Snapshot,
  key: KeyObject,
  signedAtMs = Date.now(),
): SignedSnapshot {
  const signature = sign(null, signedText(id, signedAtMs), key).toString('base64url');
  return { format: FORMAT, id, signedAtMs, signature, content: canonicalJson(rest) };
}

/**
 * Opens a signed snapshot.
 *
 * @param key - the public key of the primary
 * @returns the snapshot, frozen
 * @throws ConfigError SNAPSHOT_REFUSED saying what is wrong: the form, the address or the signature
 */
export function openSignedSnapshot(signed: unknown, key: KeyObject): Snapshot {
  const envelope = signedSnapshotSchema.safeParse(signed);
  if (!envelope.success) throw refused('it has another form than this version reads', envelope.error);
  const { id, signedAtMs, signature, content } = envelope.data;
  if (sha256(content) !== id) {
    throw refused('its content is not what its address says');
  }
  if (!verify(null, signedText(id, signedAtMs), key, Buffer.from(signature, 'base64url'))) {
    throw refused('its signature is not from the key of the primary');
  }
  const snapshot = snapshotSchema.safeParse({ ...parseObject(content), id });
  if (!snapshot.success) {
    throw refused(
      `its content has another form than this version reads: ${z.prettifyError(snapshot.error)}`,
      snapshot.error,
    );
  }
  return deepFreeze(snapshot.data);
}

/** The public part of a private Ed25519 key, which workers verify by; PEM, for a message between processes. */
export function verifyingKey(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

/** The name in front keeps the signature from meaning anything elsewhere. */
function signedText(id: string, signedAtMs: number): Buffer {
  return Buffer.from(`tributary snapshot ${FORMAT}\n${id}\n${signedAtMs}\n`);
}

function parseObject(content: string): object {
  try {
    return Object(JSON.parse(content));
  } catch (cause) {
    throw refused('its content is no JSON', cause);
  }
}

function refused(why: string, cause?: unknown): ConfigError {
  return new ConfigError('SNAPSHOT_REFUSED', `A snapshot is refused: ${why}.`, cause);
}
