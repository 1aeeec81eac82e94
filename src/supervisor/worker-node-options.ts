/**
 * How Node runs a worker. By default V8 lets the space for new objects grow with the machine, up to half a gigabyte a
 * process under load; most objects of a request are garbage when it is answered, so that a small space costs little time.
 */
export const WORKER_NODE_OPTIONS: readonly string[] = ['--max-semi-space-size=16'];
