/**
 * How Node runs a worker.
 *
 * - By default V8 lets the space for new objects grow with the machine, up to half a gigabyte a process under load. Most
 *   objects of a request are garbage when it is answered: the space holds a few hundred small requests, so that what is
 *   under way is copied seldom.
 * - Other workers want the other cores: threads that help to copy cost more CPU time than they save, and on a busy machine
 *   each collection waits for them.
 * - Objects that outlived their request by accident are collected when old ones take 80 % more than after the last time,
 *   not several times as much.
 */
export const WORKER_NODE_OPTIONS: readonly string[] = [
  '--max-semi-space-size=32',
  '--no-parallel-scavenge',
  '--heap-growing-percent=80',
];
