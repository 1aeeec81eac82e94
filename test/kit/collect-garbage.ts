import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects all garbage. @returns what the heap and buffers hold after it, in bytes */
export function collectGarbage(): number {
  collect();
  // What finalizers let go of in the first run goes in the second.
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
