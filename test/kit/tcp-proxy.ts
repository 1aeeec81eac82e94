import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, so that a test can take the server away. */
export interface TcpProxy {
  readonly port: number;
  /** Ends all connections, and new ones at once. */
  cut(): void;
  /** Passes nothing on any more; connections stay open. */
  freeze(): void;
  /** Passes connections on as before; those of before it was cut stay ended. */
  restore(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param targetPort - of a server on this machine */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'open' | 'cut' | 'frozen' = 'open';
  const server = createServer((client) => {
    client.on('error', () => {});
    if (state === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1').on('error', () => {});
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.pipe(upstream).pipe(client);
    if (state === 'frozen') for (const socket of pair) socket.pause();
    for (const socket of pair) {
      socket.on('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const forAll = (action: (socket: Socket) => void): void => {
    for (const pair of [...pairs]) for (const socket of pair) action(socket);
  };
  return {
    port,
    cut() {
      state = 'cut';
      forAll((socket) => socket.destroy());
    },
    freeze() {
      state = 'frozen';
      forAll((socket) => socket.pause());
    },
    restore() {
      state = 'open';
      forAll((socket) => socket.resume());
    },
    async [Symbol.asyncDispose]() {
      forAll((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
