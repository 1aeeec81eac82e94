import { findOnPath } from './find-on-path.ts';
import { provideProgram } from './provide-program.ts';

/** Debian's package starts a daemon, which nobody needs here: the policy file is Debian's own switch against that. */
const POLICY = '/usr/sbin/policy-rc.d';
const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends redis-server';
const WITHOUT_DAEMON = `if [ -e ${POLICY} ]; then ${INSTALL}; else printf '#!/bin/sh\\nexit 101\\n' > ${POLICY} && chmod 755 ${POLICY}; (${INSTALL}); status=$?; rm -f ${POLICY}; exit $status; fi`;

/** The path of `redis-server`. @throws when there is none and none can be installed */
export function provideRedis(): string {
  return provideProgram({
    title: 'Redis',
    find: () => findOnPath(['redis-server', 'valkey-server']),
    command: WITHOUT_DAEMON,
  });
}
