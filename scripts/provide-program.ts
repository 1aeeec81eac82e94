import { spawnSync } from 'node:child_process';
import { findOnPath } from './find-on-path.ts';

export interface ProgramToProvide {
  /** What the tests call it. */
  readonly title: string;
  /** Where it is, if it is anywhere. */
  readonly find: () => string | undefined;
  /** What installs it on Debian, as root. */
  readonly command: string;
}

/**
 * Finds a program that is no npm package, or installs it where that is allowed.
 *
 * @throws when there is none and none can be installed; the message names the command
 */
export function provideProgram({ title, find, command }: ProgramToProvide): string {
  const found = find();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || findOnPath(['apt-get']) === undefined) {
    throw new Error(`The tests need ${title}, and there is none. On Debian, as root: ${command}`);
  }
  console.log(`${title} is missing; running: ${command}`);
  const { status } = spawnSync('sh', ['-c', `(${command}) >&2`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const installed = find();
  if (status !== 0 || installed === undefined) throw new Error(`${title} could not be installed: ${command}`);
  return installed;
}
