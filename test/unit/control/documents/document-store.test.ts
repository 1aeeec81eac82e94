import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDocumentStore, type DocumentStore } from '../../../../src/control/documents/document-store.ts';
import { RequestError } from '../../../../src/errors/errors.ts';
import { openDatabase } from '../../../../src/storage/database.ts';
import { readRevision, withRevision } from '../../../../src/storage/revision.ts';
import { startEngines, type TestEngine } from '../../../kit/engines.ts';

const HELLO = { id: 'hello', text: 'query Hello { a }', name: 'Hello' };
const BYE = { id: 'bye', text: '{ b }', name: undefined };
const NEW = { id: 'new', text: 'query New { c }', name: 'New' };

const engines = await startEngines('control');

async function openStore(engine: TestEngine) {
  const database = await openDatabase(await engine.open());
  let nowMs = 1_000;
  const now = () => {
    nowMs += 1;
    return nowMs;
  };
  return {
    store: createDocumentStore({ database, change: withRevision(database), now }),
    revision: () => readRevision(database),
    [Symbol.asyncDispose]: () => database.destroy(),
  };
}

const publish = (store: DocumentStore, version: string, documents: readonly (typeof HELLO | typeof BYE)[]) =>
  store.publish({ client: 'web', version, documents }, false);
const isRefusal = (code: string) => (error: unknown) => error instanceof RequestError && error.code === code;
const idsOf = (documents: readonly { readonly id: string }[]) => documents.map(({ id }) => id);

for (const engine of engines) {
  test(`${engine.name}: a publication adds what is new, tells what it leaves out, and keeps it`, async () => {
    await using tables = await openStore(engine);
    const { store } = tables;
    const first = await publish(store, '1', [HELLO, BYE]);
    assert.deepEqual(first, {
      client: 'web',
      version: '1',
      added: [
        { id: 'hello', name: 'Hello' },
        { id: 'bye', name: null },
      ],
      unchanged: 0,
      dropped: [],
    });
    const second = await publish(store, '2', [HELLO, NEW]);
    assert.deepEqual(
      { added: idsOf(second.added), unchanged: second.unchanged, dropped: idsOf(second.dropped) },
      { added: ['new'], unchanged: 1, dropped: ['bye'] },
    );
    assert.deepEqual(await store.active(), [
      { client: 'web', id: 'bye', text: BYE.text },
      { client: 'web', id: 'hello', text: HELLO.text },
      { client: 'web', id: 'new', text: NEW.text },
    ]);
    const [bye, hello] = await store.list('web');
    assert.deepEqual([bye?.versions, hello?.versions], [['1'], ['1', '2']]);
    assert.deepEqual(await store.list('mobile'), []);
  });

  test(`${engine.name}: the same once more changes nothing, in whatever order; other content is refused`, async () => {
    await using tables = await openStore(engine);
    const { store } = tables;
    await publish(store, '1', [HELLO, BYE]);
    const again = await publish(store, '1', [BYE, HELLO]);
    assert.deepEqual([again.added, again.unchanged, again.dropped], [[], 2, []]);
    await assert.rejects(publish(store, '1', [HELLO]), isRefusal('DOCUMENT_CONFLICT'));
    const other = { ...HELLO, text: 'query Hello { other }' };
    await assert.rejects(publish(store, '2', [NEW, other]), isRefusal('DOCUMENT_CONFLICT'));
    assert.deepEqual(idsOf(await store.active()), ['bye', 'hello'], 'all or nothing');
  });

  test(`${engine.name}: without a version the content names it; a dry run changes nothing`, async () => {
    await using tables = await openStore(engine);
    const { store } = tables;
    const before = await tables.revision();
    const dry = await store.publish({ client: 'web', version: undefined, documents: [HELLO] }, true);
    assert.deepEqual(idsOf(dry.added), ['hello']);
    assert.match(dry.version, /^[0-9a-f]{12}$/);
    assert.deepEqual(await store.active(), []);
    assert.equal(await tables.revision(), before);
    const real = await store.publish({ client: 'web', version: undefined, documents: [HELLO] }, false);
    assert.deepEqual(real, dry);
  });

  test(`${engine.name}: retiring stops ids, or what no later release has; publishing brings it back`, async () => {
    await using tables = await openStore(engine);
    const { store } = tables;
    await publish(store, '1', [HELLO, BYE]);
    await publish(store, '2', [HELLO, NEW]);
    assert.deepEqual(idsOf(await store.retire('web', { version: '1' })), ['bye']);
    assert.deepEqual(
      idsOf(await store.retire('web', { ids: ['new', 'bye'] })),
      ['new'],
      'bye had gone already',
    );
    assert.deepEqual(idsOf(await store.active()), ['hello']);
    await assert.rejects(store.retire('web', { ids: ['none'] }), isRefusal('NOT_FOUND'));
    await assert.rejects(store.retire('web', { version: '9' }), isRefusal('NOT_FOUND'));
    const back = await publish(store, '3', [BYE]);
    assert.deepEqual(idsOf(back.added), ['bye']);
    assert.deepEqual(idsOf(await store.active()), ['bye', 'hello']);
  });

  test(`${engine.name}: each client has its own ids, and a large manifest fits`, async () => {
    await using tables = await openStore(engine);
    const { store } = tables;
    const documents = Array.from({ length: 1_234 }, (_, index) => ({
      id: `id${index}`,
      text: `{ a${index} }`,
      name: undefined,
    }));
    await store.publish({ client: 'web', version: '1', documents }, false);
    await store.publish({ client: 'mobile', version: '1', documents: [{ ...HELLO, id: 'id0' }] }, false);
    const active = await store.active();
    assert.equal(active.length, 1_235);
    assert.deepEqual(active[0], { client: 'mobile', id: 'id0', text: HELLO.text });
  });
}
