import { Pool } from 'undici';
import { listen, readBody, serveCommands } from './control.ts';
import type { GatewayStart } from './gateway-start.ts';

/**
 * What a gateway costs before it does any GraphQL: takes a request, makes one of its own, hands the answer on. The
 * upstream answers with the bytes of a whole answer.
 */
serveCommands({
  async start({ subgraphOrigin }: GatewayStart) {
    const pool = new Pool(subgraphOrigin, { connections: 64 });
    const headers = { 'content-type': 'application/json' };
    return listen((request, response) =>
      readBody(request, async (body) => {
        const upstream = await pool.request({ method: 'POST', path: '/whole', headers, body });
        const answer = Buffer.from(await upstream.body.arrayBuffer());
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
        response.end(answer);
      }),
    );
  },
});
