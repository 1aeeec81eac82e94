import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The processes that a process has started, and theirs, as far as they run now. */
export function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Whether a process listens on a TCP port of the loopback address (IPv4). */
export function isListening(pid: number, port: number): boolean {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = new RegExp(`^ *\\d+: 0100007F:${hexPort} \\S+ 0A (?:\\S+ +){5}(\\d+)`, 'm');
  const inode = listening.exec(readFileSync('/proc/net/tcp', 'utf8'))?.[1];
  return readdirSync(`/proc/${pid}/fd`).some(
    (name) => readlinkSync(`/proc/${pid}/fd/${name}`) === `socket:[${inode}]`,
  );
}

const POLL_MS = 25;
const DEADLINE_MS = 30_000;

/** Waits for what another process does without telling anybody; fails after half a minute. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isTrue())) {
    assert.ok(Date.now() < deadline, 'it did not happen within 30 s');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
