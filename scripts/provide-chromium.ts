import { findOnPath } from './find-on-path.ts';
import { provideProgram } from './provide-program.ts';

/** The path of Chromium. @throws when there is none and none can be installed */
export function provideChromium(): string {
  return provideProgram({
    title: 'Chromium',
    find: () => findOnPath(['chromium', 'chromium-browser', 'google-chrome']),
    command: 'apt-get update && apt-get install -y --no-install-recommends chromium',
  });
}
