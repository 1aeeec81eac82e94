#!/usr/bin/env node
// Plain JavaScript, so that any Node can run it: finds a Node that is new enough, then starts the program.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LEAST_NODE = [24, 11];
/** Where compiled code is kept, so that a later start does not strip types and compile everything again. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/tributary', import.meta.url));

/** Whether a version such as "24.21.0" is one that Tributary runs on. */
function isRecent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
}

/** The Node of the optional dependency, from the package's folder upwards; undefined when none is installed. */
function findInstalledNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    const found = [
      join(modules, `node-${platform}-${process.arch}`, 'bin', binary),
      join(modules, '.bin', binary),
    ].find((file) => existsSync(file));
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

/** Runs this file again with another Node; signals and the exit code are passed on. */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    // A Node that is too old after all must say so rather than look again for ever.
    env: { ...process.env, TRIBUTARY_RUNTIME: node },
  });
  // A terminal sends Ctrl-C to the child as well: there it is enough to stay alive until the child has ended.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', refuse);
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function refuse() {
  process.stderr.write(
    `Tributary needs Node ${LEAST_NODE.join('.')} or newer and this is ${process.versions.node}; install it, or run npm ci without --omit=optional.\n`,
  );
  process.exit(1);
}

if (isRecent(process.versions.node)) {
  // By the environment, so that workers and subgraphs keep theirs there too.
  process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const { main } = await import('./main.ts');
  await main(process.argv);
} else {
  const node = process.env.TRIBUTARY_RUNTIME === undefined ? findInstalledNode() : undefined;
  if (node === undefined) refuse();
  else runWith(node);
}
