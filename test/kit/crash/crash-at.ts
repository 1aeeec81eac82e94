import childProcess, { type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * Preloaded into a primary (`node --import`), kills it with SIGKILL at a point where it writes: tables, files, and what it
 * hands to workers. Points are counted from the moment when the file `CRASH_ARM` is there; point 2k is before the k-th write,
 * point 2k + 1 after it. Each point that is passed is written to the file `CRASH_LOG`.
 */
const { CRASH_AT, CRASH_ARM = '', CRASH_LOG = '' } = process.env;
const target = Number(CRASH_AT);
// Workers and composition have the environment, too.
const isPrimary = /tributary\.js$/.test(process.argv[1] ?? '') && process.send === undefined;
const { existsSync, appendFileSync } = fs;
let passed = 0;
let isInside = false;

function pass(label: string): void {
  appendFileSync(CRASH_LOG, `${passed} ${label}\n`);
  if (passed === target) process.kill(process.pid, 'SIGKILL');
  passed += 1;
}

/** Runs a write between two points. A write within a write is one with it. */
function write<Result>(label: string, work: () => Result): Result {
  if (isInside || !existsSync(CRASH_ARM)) return work();
  isInside = true;
  try {
    pass(`before ${label}`);
    const result = work();
    pass(`after ${label}`);
    return result;
  } finally {
    isInside = false;
  }
}

type Method = (this: unknown, ...values: unknown[]) => unknown;

/** @param labelOf - names the write; undefined when it is none */
function watch<Target extends object>(
  object: Target,
  name: keyof Target & string,
  labelOf: (self: unknown, values: readonly unknown[]) => string | undefined,
): void {
  const original = object[name] as Method;
  const watched: Method = function (...values) {
    const label = labelOf(this, values);
    return label === undefined
      ? original.apply(this, values)
      : write(label, () => original.apply(this, values));
  };
  Object.assign(object, { [name]: watched });
}

const WRITES =
  /^\s*(begin|commit|rollback|savepoint|release|insert|update|delete)\b\s*(?:or \w+ )?(?:into |from )?("?\w+"?)?/i;
/** What goes on all the time beside a publish: its points would come at any moment. */
const BESIDE = /"(?:usage|operation|api_key)/;
let isChanging = false;

/** Of transactions only those that change what is served: they raise the revision first. */
function sqlLabel(sql: unknown): string | undefined {
  const [, verb = '', table = ''] = WRITES.exec(String(sql)) ?? [];
  const label = `${verb} ${table}`.trim().toLowerCase();
  if (label === 'update "revision"') isChanging = true;
  if (table !== '') return BESIDE.test(table) ? undefined : label;
  if (label !== 'commit' || !isChanging) return undefined;
  isChanging = false;
  return label;
}

function messageLabel(message: unknown): string | undefined {
  const { type } = message as { readonly type?: string };
  return type === 'reload' || type === 'keys' || type === 'start' ? `message ${type}` : undefined;
}

if (isPrimary && CRASH_AT !== undefined) {
  for (const name of ['run', 'all', 'get'] as const)
    watch(StatementSync.prototype, name, (self) => sqlLabel((self as StatementSync).sourceSQL));
  watch(DatabaseSync.prototype, 'exec', (_, [sql]) => sqlLabel(sql));
  for (const name of ['writeFileSync', 'renameSync', 'fsyncSync'] as const)
    watch(
      fs,
      name,
      (_, [file]) =>
        `${name} ${String(file)
          .replace(/.*\//, '')
          .replace(/\.[0-9a-f]{12}\./, '.')}`,
    );
  const { fork } = childProcess;
  Object.assign(childProcess, {
    fork(...values: Parameters<typeof fork>): ChildProcess {
      const child = fork(...values);
      watch(child, 'send', (_, [message]) => messageLabel(message));
      return child;
    },
  });
  // Workers that were found again are spoken to over their sockets.
  watch(Socket.prototype, 'write', (_, [text]) => {
    const found = typeof text === 'string' ? /^\{"type":"(\w+)"/.exec(text) : null;
    return found === null ? undefined : messageLabel({ type: found[1] });
  });
  syncBuiltinESMExports();
}
