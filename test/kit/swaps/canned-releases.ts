import { createCannedResponder } from '../../../bench/canned/canned-subgraph.ts';
import { listen, readBody, serveCommands } from '../../../bench/programs/control.ts';
import { createReleases } from './releases.ts';

/** The program of all canned subgraphs of `createReleases` in one process, each below its name. */
serveCommands({
  async start() {
    const counters = { calls: 0, representations: 0 };
    const responders = new Map(
      createReleases().subgraphs.map((subgraph) => [
        `/${subgraph.name}`,
        createCannedResponder(subgraph, counters),
      ]),
    );
    return listen((request, response) => {
      readBody(request, (body) => {
        const respond = responders.get((request.url ?? '').split('?', 1)[0] ?? '');
        const answer = Buffer.from(respond?.(body) ?? '{"errors":[{"message":"no such subgraph"}]}');
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
        response.end(answer);
      });
    });
  },
});
