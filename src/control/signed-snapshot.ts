import { createPublicKey, verify as isSignatureOf, type KeyObject, sign } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { ConfigError } from '../errors/errors.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { deepFreeze } from '../lib/deep-freeze.ts';
import { sha256 } from '../lib/sha256.ts';
import type { Snapshot } from '../snapshot.ts';
import { keyRecord, snapshotFrame, trustedDocument } from './snapshot-schema.ts';

/** The form that this version writes and reads; another one is refused. */
const FORMAT = 1;
/** So many keys or documents are checked in two milliseconds or so. */
const ITEMS_A_TURN = 500;

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
 * Opens a signed snapshot, in turns of the event loop: whoever opens it answers requests meanwhile.
 *
 * @param key - the public key of the primary
 * @returns the snapshot, frozen
 * @throws ConfigError SNAPSHOT_REFUSED saying what is wrong: the form, the address or the signature
 */
export async function openSignedSnapshot(signed: unknown, key: KeyObject): Promise<Snapshot> {
  const { id, content } = verifySigned(signed, key);
  const { keys, documents, ...frame } = parseObject(content);
  await nextTurn();
  return deepFreeze({
    ...check(snapshotFrame, { ...frame, id }),
    keys: await checkEach(keyRecord, keys, 'keys'),
    documents: await checkEach(trustedDocument, documents, 'documents'),
  });
}

function verifySigned(signed: unknown, key: KeyObject): SignedSnapshot {
  const envelope = signedSnapshotSchema.safeParse(signed);
  if (!envelope.success) throw refused('it has another form than this version reads', envelope.error);
  const { id, signedAtMs, signature, content } = envelope.data;
  if (sha256(content) !== id) {
    throw refused('its content is not what its address says');
  }
  if (!isSignatureOf(null, signedText(id, signedAtMs), key, Buffer.from(signature, 'base64url'))) {
    throw refused('its signature is not from the key of the primary');
  }
  return envelope.data;
}

/** Checks a long list a slice at a turn. */
async function checkEach<Item>(
  schema: z.ZodType<Item>,
  items: unknown,
  name: string,
): Promise<readonly Item[]> {
  const all = check(z.array(z.unknown()), items, name);
  const checked: Item[] = [];
  for (let start = 0; start < all.length; start += ITEMS_A_TURN) {
    const slice = all.slice(start, start + ITEMS_A_TURN);
    checked.push(...slice.map((item) => deepFreeze(check(schema, item, name))));
    await nextTurn();
  }
  return checked;
}

/** @param name - of the part, for the message */
function check<Value>(schema: z.ZodType<Value>, value: unknown, name?: string): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = name === undefined ? '' : ` in its ${name}`;
  throw refused(
    `its content has another form than this version reads${where}: ${z.prettifyError(parsed.error)}`,
    parsed.error,
  );
}

/** The public part of a private Ed25519 key, which workers verify by; PEM, for a message between processes. */
export function verifyingKey(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

/** The name in front keeps the signature from meaning anything elsewhere. */
function signedText(id: string, signedAtMs: number): Buffer {
  return Buffer.from(`tributary snapshot ${FORMAT}\n${id}\n${signedAtMs}\n`);
}

function parseObject(content: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(content)) as Record<string, unknown>;
  } catch (cause) {
    throw refused('its content is no JSON', cause);
  }
}

function refused(why: string, cause?: unknown): ConfigError {
  return new ConfigError('SNAPSHOT_REFUSED', `A snapshot is refused: ${why}.`, cause);
}
