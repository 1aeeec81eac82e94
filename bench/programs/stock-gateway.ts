import type { AddressInfo } from 'node:net';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import Fastify from 'fastify';
import { plannerSupergraph } from '../../src/supergraph/planner-supergraph.ts';
import { serveCommands } from './control.ts';
import type { GatewayStart } from './gateway-start.ts';

/**
 * `@apollo/gateway` behind `@apollo/server` with its defaults: its own data source for subgraphs, its own caches. The
 * HTTP server is the one that Tributary uses, so that the difference is not Fastify's.
 */
serveCommands({
  async start({ supergraphSdl }: GatewayStart) {
    // The stock planner refuses a supergraph with access directives; without them it plans the same.
    const gateway = new ApolloGateway({ supergraphSdl: plannerSupergraph(supergraphSdl).sdl });
    const app = Fastify();
    const server = new ApolloServer({ gateway, plugins: [fastifyApolloDrainPlugin(app)] });
    await server.start();
    await app.register(fastifyApollo(server));
    await app.listen({ host: '127.0.0.1', port: 0 });
    return { port: (app.server.address() as AddressInfo).port };
  },
});
