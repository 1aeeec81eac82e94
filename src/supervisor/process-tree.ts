import { readFileSync } from 'node:fs';

/** A process as the kernel tells it. The start time tells a process from a later one with the same id. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parentPid: number;
  readonly startedAtTicks: string;
  readonly name: string;
}

/**
 * Reads `/proc/<pid>/stat`; undefined when the process is gone (a zombie is gone too) or there is no `/proc`.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function readProcess(pid: number): ProcessFacts | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may itself hold spaces and parentheses.
  const nameEnd = stat.lastIndexOf(')');
  const name = stat.slice(stat.indexOf('(') + 1, nameEnd);
  const [state, parentPid, ...rest] = stat.slice(nameEnd + 2).split(' ');
  // Field 22 of the line, counted from the process id as field 1.
  const startedAtTicks = rest[17];
  if (state === 'Z' || state === 'X' || parentPid === undefined || startedAtTicks === undefined)
    return undefined;
  return { pid, parentPid: Number(parentPid), startedAtTicks, name };
}
