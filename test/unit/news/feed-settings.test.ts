import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFeedSettings } from '../../../subgraphs/news/feeds/feed-settings.ts';
import { SettingsError } from '../../../subgraphs/shared/settings.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const FEED = {
  id: 'board',
  name: 'The Board',
  homepage: 'https://board.example/',
  feedUrl: 'https://board.example/feed.xml',
  language: 'en',
};

test('reads feeds from YAML and from JSON, with defaults', async () => {
  using folder = createTemporaryFolder();
  const yaml = folder.write(
    'feeds.yaml',
    `feeds:
  - id: board
    name: The Board
    homepage: https://board.example/
    feedUrl: https://board.example/feed.xml
    language: en
    intervalMinutes: 5
    reliability: 0.9
`,
  );
  assert.deepEqual(await readFeedSettings(yaml), [{ ...FEED, intervalMs: 300_000, reliability: 0.9 }]);
  const json = folder.write('feeds.json', JSON.stringify({ feeds: [FEED] }));
  assert.deepEqual(await readFeedSettings(json), [{ ...FEED, intervalMs: 900_000, reliability: null }]);
});

test('refuses what is not usable, and says where', async () => {
  using folder = createTemporaryFolder();
  const cases: readonly (readonly [text: string, place: RegExp])[] = [
    [JSON.stringify({ feeds: [{ ...FEED, feedUrl: 'http://board.example/feed.xml' }] }), /feedUrl/],
    [JSON.stringify({ feeds: [{ ...FEED, feedUrl: 'https://u:p@board.example/' }] }), /feedUrl/],
    [JSON.stringify({ feeds: [{ ...FEED, feedUrl: 'file:///etc/passwd' }] }), /feedUrl/],
    [JSON.stringify({ feeds: [{ ...FEED, feedUrl: 'http://127.0.0.1.example/' }] }), /feedUrl/],
    [JSON.stringify({ feeds: [{ ...FEED, intervalMinutes: 0.1 }] }), /intervalMinutes/],
    [JSON.stringify({ feeds: [{ ...FEED, colour: 'red' }] }), /colour/],
    [JSON.stringify({ feeds: [FEED, FEED] }), /each id once/],
    ['feeds: [', /feeds\.yaml/],
    ['', /feeds\.yaml/],
  ];
  for (const [text, place] of cases) {
    const file = folder.write('feeds.yaml', text);
    await assert.rejects(readFeedSettings(file), (error) => {
      assert.ok(error instanceof SettingsError);
      assert.match(error.message, place);
      return true;
    });
  }
  await assert.rejects(readFeedSettings('/nowhere/feeds.yaml'), SettingsError);
});
