import type { ServerResponse } from 'node:http';
import { type CallCounters, createCannedResponder } from '../canned/canned-subgraph.ts';
import { expectedData } from '../workloads/workload.ts';
import { createWorkload } from '../workloads/workloads.ts';
import { listen, readBody, serveCommands } from './control.ts';

/**
 * All subgraphs of one workload in one process, by path, and `/whole`, which answers with the bytes of request number
 * 0 and is what the proxy stands in front of.
 */
const counters: CallCounters = { calls: 0, representations: 0 };

serveCommands({
  async start(workloadName: string) {
    const workload = createWorkload(workloadName);
    const responders = new Map(
      workload.subgraphs.map((subgraph) => [`/${subgraph.name}`, createCannedResponder(subgraph, counters)]),
    );
    const whole = Buffer.from(JSON.stringify({ data: expectedData(workload, 0) }));
    return listen((request, response) => {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const respond = responders.get(path);
      readBody(request, (body) => {
        if (respond === undefined) return send(response, 200, whole);
        try {
          send(response, 200, Buffer.from(respond(body)));
        } catch (error) {
          const answer = { errors: [{ message: `${request.url}: ${(error as Error).message}` }] };
          send(response, 200, Buffer.from(JSON.stringify(answer)));
          process.stderr.write(`canned subgraph ${answer.errors[0]?.message}\n${body.slice(0, 2000)}\n`);
        }
      });
    });
  },
  takeCounters(): CallCounters {
    const taken = { ...counters };
    Object.assign(counters, { calls: 0, representations: 0 });
    return taken;
  },
});

function send(response: ServerResponse, status: number, body: Buffer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}
