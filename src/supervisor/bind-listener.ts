import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { getSystemErrorMap } from 'node:util';
import { ConfigError } from '../errors/errors.ts';
import { portTaken } from '../errors/port-taken.ts';

/**
 * A bound TCP socket that nobody listens on yet, in this process at least.
 *
 * The documented way to share a socket is to send a `net.Server` to a child; but a `net.Server` has to listen
 * first, and then the sender accepts connections too, which the primary would never answer. Node's own cluster
 * module binds by `net._createServerHandle` for the same reason. It is the one undocumented call of this project,
 * and this file is the only place that knows it.
 */
export interface BoundListener {
  readonly host: string;
  readonly port: number;
  /** The native handle, for `child.send(message, handle)`. */
  readonly handle: net.Server;
  /** Lets go of the socket; processes that were handed it keep theirs. */
  close(): void;
}

/** The part of Node's TCP handle that is used here; a negative number is an error of the operating system. */
interface TcpHandle {
  getsockname(out: { port?: number }): number;
  close(): void;
}

type CreateServerHandle = (
  address: string,
  port: number,
  addressType: number,
  fd: number,
  flags: number,
) => TcpHandle | number;

const NO_FILE_DESCRIPTOR = -1;

/**
 * Binds a TCP socket without listening on it.
 *
 * @param purpose - who wants it, for the message: `public listener`
 * @throws ConfigError PORT_TAKEN, or START_FAILED when the address cannot be bound at all
 */
export async function bindListener(host: string, port: number, purpose: string): Promise<BoundListener> {
  const { address, family } = await lookup(host).catch((cause: unknown) => {
    throw new ConfigError('START_FAILED', `The ${purpose} cannot listen on ${host}: no such address.`, cause);
  });
  const create = (net as unknown as { _createServerHandle: CreateServerHandle })._createServerHandle;
  const handle = create(address, port, family, NO_FILE_DESCRIPTOR, 0);
  if (typeof handle === 'number') throw bindError(handle, host, port, purpose);
  const name: { port?: number } = {};
  // A taken port shows only now: libuv keeps the error of bind() back for whoever uses the socket first.
  const status = handle.getsockname(name);
  if (status !== 0 || name.port === undefined) {
    handle.close();
    throw bindError(status, host, port, purpose);
  }
  return { host, port: name.port, handle: handle as unknown as net.Server, close: () => handle.close() };
}

function bindError(status: number, host: string, port: number, purpose: string): ConfigError {
  const [name = String(status), text = 'unknown error'] = getSystemErrorMap().get(status) ?? [];
  return name === 'EADDRINUSE'
    ? portTaken(port, purpose)
    : new ConfigError('START_FAILED', `The ${purpose} cannot listen on ${host}:${port}: ${text} (${name}).`);
}
