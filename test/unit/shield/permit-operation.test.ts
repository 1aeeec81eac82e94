import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, print, stripIgnoredCharacters, validate } from 'graphql';
import type { Caller } from '../../../src/context.ts';
import { allow, deny, hasScopes, isAuthenticated, not, or, rule } from '../../../src/lib/rules.ts';
import { nullRefused } from '../../../src/shield/null-refused.ts';
import { ANYBODY, callerWith, createTestPermits } from '../../kit/rules.ts';

const SDL = `
  type Query { open: String secret: String! item(id: ID = "1"): Item items: [Item] node: Node nodes: [Node!] any: [Any] }
  interface Node { id: ID! label: String owner: User }
  type Item implements Node { id: ID! label: String owner: User price: Int }
  type Note implements Node { id: ID! label: String owner: User text: String! }
  union Any = Item | Note
  type User { id: ID! mail: String! name: String }
`;
const OPEN = { Query: allow, Item: allow, Note: allow, User: allow } as const;

async function prunedText(
  map: Parameters<typeof createTestPermits>[1],
  query: string,
  caller: Caller = ANYBODY,
): Promise<string> {
  const permits = createTestPermits(SDL, map);
  const { document, text } = await permits.permit(query, caller);
  assert.deepEqual(validate(permits.schema, document).map(String), [], text);
  assert.equal(print(parse(text)), text);
  return stripIgnoredCharacters(text);
}

test('an operation whose fields are all permitted is the very same object', () => {
  const permits = createTestPermits(SDL, OPEN);
  const operation = permits.prepare('{ open items { id label } }');
  assert.equal(permits.step(operation, ANYBODY), operation);
});

test('cuts aliases, named and inline fragments, and what only they used', async () => {
  const map = { ...OPEN, Item: { '*': allow, label: deny } };
  assert.equal(
    await prunedText(
      map,
      `query($a: ID, $skip: Boolean!) { x: item(id: $a) { y: label id ...F ... on Item { label } } other: open @skip(if: $skip) }
       fragment F on Item { label ...G } fragment G on Item { z: label }`,
    ),
    'query($a:ID$skip:Boolean!){x:item(id:$a){id}other:open@skip(if:$skip)}',
  );
  assert.equal(
    await prunedText(
      { ...OPEN, Query: { '*': allow, item: deny } },
      'query($a: ID) { item(id: $a) { id } open }',
    ),
    '{open}',
  );
});

test('an emptied selection gets __typename, the root too', async () => {
  const map = { ...OPEN, User: deny, Query: { '*': allow, secret: deny } };
  assert.equal(await prunedText(map, '{ item { owner { id name } } }'), '{item{owner{__typename}}}');
  assert.equal(await prunedText(map, '{ secret }'), '{__typename}');
  assert.equal(
    await prunedText(map, 'query($x: Boolean!) { item { owner { id __typename @include(if: $x) } } }'),
    'query($x:Boolean!){item{owner{__typename@include(if:$x)__typename}}}',
  );
});

test('a field of an interface is kept for the types that may show it', async () => {
  const map = { ...OPEN, Item: { '*': allow, label: deny } };
  assert.equal(await prunedText(map, '{ node { label id } }'), '{node{...on Note{label}id __typename}}');
  assert.equal(
    await prunedText(map, '{ any { ... on Node { label } ... on Note { text } } }'),
    '{any{...on Node{...on Note{label}}...on Note{text}__typename}}',
  );
  assert.equal(
    await prunedText(
      { ...OPEN, Item: { '*': allow, owner: deny }, User: { '*': allow, mail: deny } },
      '{ nodes { owner { mail } } }',
    ),
    '{nodes{...on Note{owner{__typename}}__typename}}',
  );
});

test('the key that tells types apart does not collide with a name of the client', async () => {
  const map = { ...OPEN, Item: { '*': allow, label: deny } };
  assert.equal(
    await prunedText(map, '{ node { __typename: id label } }'),
    '{node{__typename:id ...on Note{label}typename_1:__typename}}',
  );
});

test('nulls bubble as if each refused field had failed, in lists item by item', async () => {
  const permits = createTestPermits(SDL, {
    ...OPEN,
    Note: { '*': allow, text: isAuthenticated },
    User: { '*': allow, mail: deny },
  });
  const permitted = await permits.permit(
    '{ open nodes { ... on Item { price who: owner { mail name } } ... on Note { text } } any { ... on Note { text id } } }',
  );
  const data = {
    open: 'x',
    nodes: [{ __typename: 'Item', price: 1, who: { name: 'A' } }],
    any: [{ __typename: 'Note', id: '1' }, null, { __typename: 'Item' }, { __typename: 'Note', id: '2' }],
  };
  const result = nullRefused({ data, errors: [{ message: 'other' }] }, permitted, permits.schema);
  assert.deepEqual(JSON.parse(JSON.stringify(result.data)), {
    open: 'x',
    nodes: [{ price: 1, who: null }],
    any: [null, null, {}, null],
  });
  assert.deepEqual(
    result.errors?.slice(1).map((error) => {
      const { path, extensions } = error as unknown as { path: unknown; extensions: { code: string } };
      return [path, extensions.code];
    }),
    [
      [['nodes', 0, 'who', 'mail'], 'FORBIDDEN'],
      [['any', 0, 'text'], 'UNAUTHENTICATED'],
      [['any', 3, 'text'], 'UNAUTHENTICATED'],
    ],
  );
  const bubbled = nullRefused(
    { data: { nodes: [{ __typename: 'Note' }], any: null } },
    permitted,
    permits.schema,
  );
  assert.deepEqual(JSON.parse(JSON.stringify(bubbled.data)), { nodes: null, any: null });
});

test('a refused non-null root field makes data null', async () => {
  const permits = createTestPermits(SDL, { ...OPEN, Query: { '*': allow, secret: deny } });
  const permitted = await permits.permit('{ secret }');
  const { data, errors } = nullRefused<{ data: Record<string, unknown> | null; errors?: object[] }>(
    { data: {} },
    permitted,
    permits.schema,
  );
  assert.equal(data, null);
  assert.equal(errors?.length, 1);
});

test('a refused field that @include leaves out is no error', async () => {
  const permits = createTestPermits(SDL, { ...OPEN, Query: { '*': allow, secret: deny } });
  const query = 'query($x: Boolean = false) { secret @include(if: $x) open }';
  const without = nullRefused({ data: { open: 'x' } }, await permits.permit(query), permits.schema);
  assert.deepEqual(JSON.parse(JSON.stringify(without)), { data: { open: 'x' }, errors: [] });
  const included = await permits.permit(query, ANYBODY, { x: true });
  const { data } = nullRefused<{ data: Record<string, unknown> | null }>(
    { data: { open: 'x' } },
    included,
    permits.schema,
  );
  assert.equal(data, null);
});

test('rules see coerced arguments and variables, and the same document is pruned by what they say', async () => {
  const own = rule('own', { kind: 'static', reads: ['arguments', 'userId', 'variables'] })(
    (_parent, { id }: { id: string }, { caller, variables }) => id === caller.userId && variables.plus === 3,
  );
  const permits = createTestPermits(SDL, { ...OPEN, Query: { '*': allow, item: own } });
  const query =
    'query($id: ID, $plus: Int = 3) { a: item { id } b: item(id: $id) { id } open @skip(if: false) }';
  const ask = async (userId: string, variables: Record<string, unknown>) => {
    const { text } = await permits.permit(query, callerWith([], { userId }), variables);
    return /a: item/.test(text) ? (/b: item/.test(text) ? 'both' : 'a') : /b: item/.test(text) ? 'b' : 'none';
  };
  assert.equal(await ask('1', {}), 'both', 'the default of the argument is "1"');
  assert.equal(await ask('1', { id: 7 }), 'a');
  assert.equal(await ask('7', { id: 7 }), 'b', 'the integer was coerced to an ID');
  assert.equal(await ask('7', { id: 7, plus: 4 }), 'none');
});

test('a rule that throws, hangs, or answers nothing refuses and is told of, also inside not', async () => {
  const caller = callerWith(['a']);
  const broken = {
    throws: rule('throws', { kind: 'static' })(() => {
      throw new Error('boom');
    }),
    rejects: rule('rejects', { kind: 'static' })(() => Promise.reject(new Error('boom'))),
    hangs: rule('hangs', { kind: 'static' })(() => new Promise<boolean>(() => {})),
    silent: rule('silent', { kind: 'static' })(() => undefined as never),
    undeclared: rule('undeclared', { kind: 'static', reads: ['tier'] })((_p, _a, { caller: who }) =>
      who.scopes.has('a'),
    ),
  };
  for (const [name, made] of Object.entries(broken)) {
    for (const guard of [made, not(made), or(not(made), made)]) {
      const permits = createTestPermits(SDL, { ...OPEN, Query: { '*': allow, open: guard } }, 5);
      const { refusals } = await permits.permit('{ open }', caller);
      assert.deepEqual(
        refusals?.fields.map(({ code }) => code),
        ['FORBIDDEN'],
        name,
      );
      assert.ok(permits.faults.includes(name));
    }
    const rescued = createTestPermits(
      SDL,
      { ...OPEN, Query: { '*': allow, open: or(made, hasScopes('a')) } },
      5,
    );
    assert.equal((await rescued.permit('{ open }', caller)).refusals, undefined, name);
  }
});

test('the refusal of a rule that failed is asked again after a moment', async () => {
  let isBroken = true;
  const flaky = rule('flaky', { kind: 'static', reads: ['tier'] })(() => {
    if (isBroken) throw new Error('boom');
    return true;
  });
  const permits = createTestPermits(SDL, { ...OPEN, Query: { '*': allow, open: flaky } });
  assert.notEqual((await permits.permit('{ open }')).refusals, undefined);
  isBroken = false;
  // Another class of callers is not told what the rule failed to say to the first.
  assert.equal((await permits.permit('{ open }', callerWith())).refusals, undefined);
});

test('an error of a rule keeps its code if it is one that callers are told, and never its message', async () => {
  const withCode = (code: string) =>
    rule(`says ${code}`, { kind: 'static', reads: [] })(() =>
      Object.assign(new Error('canary'), { extensions: { code } }),
    );
  for (const [code, told] of [
    ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
    ['PLAN_RESTRICTED', 'PLAN_RESTRICTED'],
    ['SUBGRAPH_ERROR', 'FORBIDDEN'],
    ['constructor', 'FORBIDDEN'],
  ]) {
    const permits = createTestPermits(SDL, {
      ...OPEN,
      Query: { '*': allow, open: withCode(code as string) },
    });
    const permitted = await permits.permit('{ open }');
    const { errors } = nullRefused({ data: {} }, permitted, permits.schema) as { errors?: unknown };
    assert.match(JSON.stringify(errors), new RegExp(`"code":"${told}"`));
    assert.doesNotMatch(JSON.stringify(errors), /canary|says/);
  }
});

test('a verdict is asked once for all callers of a class, and callers who are refused the same share a document', async () => {
  let asked = 0;
  const counted = rule('counted', { kind: 'static', reads: ['tier', 'scopes'] })(
    (_parent, _args, { caller }) => {
      asked += 1;
      return caller.scopes.has('a');
    },
  );
  const permits = createTestPermits(SDL, { ...OPEN, Query: { '*': allow, open: counted } });
  const texts = new Set<unknown>();
  for (let user = 0; user < 1_000; user += 1) {
    const caller = callerWith(user % 2 === 0 ? ['b'] : ['b', 'c'], {
      userId: `u${user}`,
      accountId: `a${user}`,
    });
    texts.add((await permits.permit('{ open items { id } }', caller)).document);
  }
  assert.equal(asked, 2, 'one for each set of scopes');
  assert.equal(texts.size, 1);
});
