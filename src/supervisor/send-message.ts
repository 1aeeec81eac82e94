import type { ChildProcess, SendHandle } from 'node:child_process';
import type { PrimaryMessage } from './protocol.ts';

/**
 * Sends a worker a message. One that is gone is no error here: its exit is told elsewhere, and its successor is
 * told everything anew.
 */
export function sendMessage(child: ChildProcess, message: PrimaryMessage, handle?: SendHandle): void {
  if (child.connected) child.send(message, handle, undefined, () => {});
}
