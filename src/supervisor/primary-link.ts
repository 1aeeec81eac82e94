import type { Socket } from 'node:net';
import process from 'node:process';
import { readJsonLines, writeJsonLine } from '../lib/json-lines.ts';
import type { WorkerMessage } from './protocol.ts';

/** A worker's connection to its primary: the channel that it was started with, or the one through its door. */
export interface PrimaryLink {
  readonly isConnected: boolean;
  /** Tells the primary; without one nobody hears it. */
  tell(message: WorkerMessage, onSent?: () => void): void;
  /** Speaks with another primary from now on. */
  take(socket: Socket): void;
}

export interface PrimaryLinkOptions {
  /** @param handle - the listening socket, where the message brings one */
  readonly onMessage: (message: unknown, handle: unknown) => void;
  /** Called when the primary is gone, and no other has come. */
  readonly onLost: () => void;
}

export function createPrimaryLink({ onMessage, onLost }: PrimaryLinkOptions): PrimaryLink {
  let socket: Socket | undefined;
  process.on('message', onMessage);
  process.on('disconnect', () => {
    if (socket === undefined) onLost();
  });
  return {
    get isConnected() {
      return socket !== undefined || process.connected === true;
    },
    tell(message, onSent = () => {}) {
      if (socket !== undefined) {
        writeJsonLine(socket, message);
        onSent();
      } else if (process.connected) process.send?.(message, undefined, undefined, onSent);
      else onSent();
    },
    take(next) {
      const before = socket;
      socket = next;
      before?.destroy();
      if (process.connected) process.disconnect();
      readJsonLines(next, (message) => onMessage(message, undefined));
      next.once('close', () => {
        if (socket !== next) return;
        socket = undefined;
        onLost();
      });
    },
  };
}
