import type { SendHandle } from 'node:child_process';
import type { ManagedProcess } from './managed-process.ts';
import type { PrimaryMessage } from './protocol.ts';

/**
 * Sends a worker a message. One that is gone is no error here: its exit is told elsewhere, and its successor is
 * told everything anew.
 */
export function sendMessage(worker: ManagedProcess, message: PrimaryMessage, handle?: SendHandle): void {
  if (worker.connected) worker.send(message, handle, undefined, () => {});
}
