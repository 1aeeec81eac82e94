import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildDemo } from './recordings/demo.ts';
import { buildMarketRecording, readMarketFigures } from './recordings/market-recording.ts';
import { buildNewsRecording } from './recordings/news-recording.ts';
import type { Recording } from './recordings/recording.ts';
import { formatManifest } from './recordings/recording.ts';
import { readTokenRegistry } from './recordings/token-registry.ts';
import { buildUniverseRecording } from './recordings/universe-recording.ts';

const usage =
  'node scripts/build-recordings.ts --figures DIR --packages NODE_MODULES --retrieved-at YYYY-MM-DD [--out DIR]';

const { values } = parseArgs({
  options: {
    figures: { type: 'string' },
    packages: { type: 'string' },
    'retrieved-at': { type: 'string' },
    out: { type: 'string', default: resolve(import.meta.dirname, '..') },
  },
});
const { figures: figuresPath, packages, out } = values;
const retrievedAt = values['retrieved-at'];
if (figuresPath === undefined || packages === undefined || retrievedAt === undefined) {
  throw new Error(`Expected --figures, --packages and --retrieved-at. Usage: ${usage}`);
}

const [figures, registry, news] = await Promise.all([
  readMarketFigures(resolve(figuresPath)),
  readTokenRegistry(resolve(packages)),
  buildNewsRecording(resolve(figuresPath), retrievedAt),
]);
const realTokens = registry.tokens.filter((token) => token.id in figures.closes);
const universe = buildUniverseRecording(registry, figures, retrievedAt);
const closesByTokenId = new Map([...Object.entries(figures.closes), ...universe.closesByTokenId]);

await writeRecording('subgraphs/price/recordings', buildMarketRecording(figures, realTokens, retrievedAt));
await writeRecording('subgraphs/price/recordings', universe.recording);
await writeRecording('subgraphs/news/recordings', news);
for (const file of buildDemo(registry.tokens, closesByTokenId)) {
  await writeText(join('subgraphs/portfolio/demo', file.path), file.content);
}

/** Replaces a set's files; its README and licences, written by hand, stay. */
async function writeRecording(parent: string, recording: Recording): Promise<void> {
  const folder = join(parent, recording.manifest.id);
  await rm(join(out, folder, 'closes'), { recursive: true, force: true });
  await rm(join(out, folder, 'candles'), { recursive: true, force: true });
  for (const entry of recording.entries) await writeText(join(folder, entry.description.path), entry.content);
  await writeText(join(folder, 'manifest.json'), formatManifest(recording));
}

async function writeText(path: string, content: string): Promise<void> {
  const target = join(out, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
}
