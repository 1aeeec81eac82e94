import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeFeedItems } from '../../../subgraphs/news/ingest/ingest.ts';
import type { PlacedItem } from '../../../subgraphs/news/ingest/story-book.ts';
import { createNewsDesk } from '../../../subgraphs/news/news-desk.ts';
import { type NewsStore, openNewsStore } from '../../../subgraphs/news/storage/news-store.ts';
import { startEngines } from '../../kit/engines.ts';

const SEEN_MS = Date.parse('2026-06-01T00:00:00Z');

const placed = (count: number, storyId?: string): PlacedItem[] =>
  takeFeedItems(
    Array.from({ length: count }, (_, i) => ({
      publishedAt: '2026-05-01T00:00:00Z',
      sourceId: 'wire',
      title: `“Headline” ${i} ’; drop table feed_items; --`,
      url: `https://wire.example/${storyId ?? 'own'}/${i}`,
      language: 'en',
      authors: ['A', 'B'],
    })),
    SEEN_MS,
  ).map((item) => ({ item, storyId: storyId ?? item.id }));

for (const engine of await startEngines('news')) {
  const withStore = async (use: (store: NewsStore) => Promise<void>) => {
    const store = await openNewsStore(await engine.open());
    try {
      await use(store);
    } finally {
      await store.close();
    }
  };

  test(`${engine.name}: gives back what it was given, first items of stories first`, () =>
    withStore(async (store) => {
      assert.deepEqual(await store.load(), []);
      const [first] = placed(1) as [PlacedItem];
      const folded = placed(3, first.storyId);
      await store.save([...folded, first]);
      const loaded = await store.load();
      assert.deepEqual(loaded[0], first);
      const byId = (a: PlacedItem, b: PlacedItem) => (a.item.id < b.item.id ? -1 : 1);
      assert.deepEqual(loaded.slice(1), folded.toSorted(byId));
    }));

  test(`${engine.name}: leaves what it has as it is, and forgets what it is told to`, () =>
    withStore(async (store) => {
      const many = placed(2500);
      await store.save(many);
      await store.save(many.map(({ item }) => ({ item: { ...item, firstSeenAtMs: 0 }, storyId: item.id })));
      const loaded = await store.load();
      assert.equal(loaded.length, 2500);
      assert.ok(loaded.every(({ item }) => item.firstSeenAtMs === SEEN_MS));
      await store.forget(many.slice(1).map(({ item }) => item.id));
      assert.deepEqual(await store.load(), many.slice(0, 1));
      await store.save([]);
      await store.forget([]);
    }));

  test(`${engine.name}: keeps all items of a call or none`, () =>
    withStore(async (store) => {
      const [good] = placed(1) as [PlacedItem];
      const broken = { ...good, item: { ...good.item, id: 'news_broken', title: null as unknown as string } };
      await assert.rejects(store.save([good, broken]));
      assert.deepEqual(await store.load(), []);
    }));
}

test('serves what it could not store, and stores it with what comes next', async () => {
  const stored: PlacedItem[] = [];
  let isDown = true;
  const store: NewsStore = {
    load: async () => [],
    async save(items) {
      if (isDown) throw new Error('down');
      stored.push(...items);
    },
    forget: async () => {},
    close: async () => {},
  };
  const desk = await createNewsDesk({ recording: { sources: [], items: [] }, store });
  const [first, second] = placed(2).map(({ item }) => ({ ...item, title: item.url }));
  assert.ok(first !== undefined && second !== undefined);
  await assert.rejects(desk.add([first]), /down/);
  assert.equal(desk.articleCount, 1);
  isDown = false;
  assert.equal(await desk.add([first]), 0);
  assert.deepEqual(
    stored.map(({ item }) => item.id),
    [first.id],
  );
  await desk.add([second]);
  assert.equal(stored.length, 2);
});
