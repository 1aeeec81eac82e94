import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSchema } from 'graphql';
import type { Caller } from '../../src/context.ts';
import { GATEWAY_SUBGRAPH_URL } from '../../src/lib/internal-url.ts';
import { printApiSchema } from '../../src/planning/print-api-schema.ts';
import { createTestGateway, createTestKey } from '../kit/gateway.ts';
import { importFile } from '../kit/import-file.ts';
import { createMockSubgraph } from '../kit/mock-subgraph.ts';
import { SCOPES } from '../kit/scopes.ts';
import { ADAS_LIST, GRACE, LONG_TERM, startTestPortfolio } from '../kit/test-portfolio.ts';
import { askCell } from './ask-cell.ts';
import { type Cell, createCell, SHAPES } from './cells.ts';
import { platformSubgraphs } from './matrix-world.ts';
import { type Route, routesByCoordinate } from './routes.ts';
import { sideBySide } from './side-by-side.ts';

/** `npm run test:matrix` asks every cell; `npm test` each so many of them. */
const EACH = process.env.MATRIX === 'all' ? 1 : 7;
const CSV = 'date,type,token,quantity,unitPrice,fee,externalId\n';
const NOBODYS = 'none-of-anybody';

/** Every way to a field that begins with an object of somebody, with the id of that object put in. */
function waysFrom(routes: readonly Route[], ids: Readonly<Record<string, string>>): readonly Route[] {
  return routes.flatMap(({ operation, steps: [root, ...steps] }) => {
    const id = root === undefined ? undefined : ids[root.coordinate];
    return root === undefined || id === undefined
      ? []
      : [{ operation, steps: [{ ...root, args: `(id: ${JSON.stringify(id)})` }, ...steps] }];
  });
}

test('objects of somebody else are absent, whatever is asked of them and in whichever shape, and no other subgraph hears of them', async () => {
  await using portfolio = await startTestPortfolio();
  const { subgraphs, gatewaySdl = '' } = platformSubgraphs();
  const others = Object.entries(subgraphs).filter(([name]) => name !== 'portfolio');
  await using stack = new AsyncDisposableStack();
  const mocks = await Promise.all(
    others.map(async ([name, sdl]) => stack.use(await createMockSubgraph(name, sdl))),
  );
  const grace: Caller = {
    tier: 'PRO',
    scopes: new Set(SCOPES),
    accountId: 'acc_grace',
    userId: GRACE.userId,
  };
  const { text, record } = createTestKey({ ...grace, scopes: [...SCOPES] });
  await using gateway = await createTestGateway({
    subgraphs: [
      { name: 'portfolio', sdl: subgraphs.portfolio ?? '', url: portfolio.url },
      ...mocks,
      { name: 'gateway', sdl: gatewaySdl, url: GATEWAY_SUBGRAPH_URL },
    ],
    keys: [record],
    signingKey: portfolio.gatewayKey,
    yaml: `rules: { file: ${JSON.stringify(fileURLToPath(new URL('../../schema/rules.ts', import.meta.url)))} }
server: { batching: { enabled: true } }
sharing: { requests: false, coalesce: false, operations: false }`,
  });
  const { id: importId } = await importFile(portfolio, { content: CSV });
  const ids = { 'Query.portfolio': LONG_TERM, 'Query.watchlist': ADAS_LIST, 'Query.importJob': importId };
  const nobodys = Object.fromEntries(Object.keys(ids).map((root) => [root, NOBODYS]));
  const routes = routesByCoordinate(buildSchema(printApiSchema(gateway.snapshot.supergraphSdl)));
  const who = { name: 'a foreign owner', caller: grace };
  const pairs: (readonly [Cell, Cell])[] = [];
  for (const [number, [coordinate, ways]] of [...routes].entries()) {
    for (const shape of SHAPES) {
      const [foreign, absent] = [ids, nobodys].map((of) =>
        createCell({ coordinate, number }, waysFrom(ways, of), who, shape),
      );
      // A root that is left out is asked for by nobody.
      if (foreign !== undefined && absent !== undefined && foreign.path.length > 0)
        pairs.push([foreign, absent]);
    }
  }
  let asked = 0;
  const chosen = pairs.filter((_, index) => index % EACH === 0);
  await sideBySide(chosen, async ([foreign, absent]) => {
    asked += 1;
    const requestId = `foreign-${asked}`;
    const { answer, where } = await askCell(gateway, foreign, {
      'x-api-key': text,
      'x-request-id': requestId,
    });
    const [root = ''] = foreign.path;
    assert.deepEqual(answer, { data: { [root]: null } }, where);
    assert.deepEqual(
      mocks.flatMap((mock) => [...mock.takeAsked(requestId)]),
      [],
      where,
    );
    assert.deepEqual((await askCell(gateway, absent, { 'x-api-key': text })).answer, answer, where);
  });
  console.log(
    `foreign owner: ${chosen.length} of ${pairs.length} cells hold, ${chosen.length} of them refusals`,
  );
  assert.ok(pairs.length > 900, String(pairs.length));
  // The ids are good: their owner finds the objects.
  const own = await portfolio.ask(
    `{ portfolio(id: "${LONG_TERM}") { id } watchlist(id: "${ADAS_LIST}") { id } importJob(id: "${importId}") { id } }`,
  );
  assert.deepEqual(
    Object.values(own.data).map((object) => (object as { id: string }).id),
    Object.values(ids),
  );
});
