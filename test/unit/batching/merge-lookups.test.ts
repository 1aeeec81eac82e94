import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'graphql';
import { mergeLookups } from '../../../src/batching/merge-lookups.ts';
import type { SubgraphResponse } from '../../../src/transport/subgraph-client.ts';
import { createLookup as lookup } from '../../kit/lookup.ts';

/** Answers a merged request as a subgraph would: each entity says what was asked of it. */
function answer(body: string): SubgraphResponse {
  const { query, variables } = JSON.parse(body) as {
    query: string;
    variables: Record<string, { id: string }[]>;
  };
  parse(query);
  const data: Record<string, unknown> = {};
  const errors: { message: string; path: (string | number)[] }[] = [];
  for (const [, alias = '', variable = '', fields] of query.matchAll(
    /(e\d+):_entities\(representations:\$(_r\d+)\)\{\.\.\.on Token\{([^}]*)\}\}/g,
  )) {
    data[alias] = variables[variable]?.map(({ id }, index) => {
      if (!id.startsWith('bad')) return { asked: `${id} ${fields}` };
      errors.push({ message: id, path: [alias, index, 'price'] });
      return { asked: null };
    });
  }
  return { data, errors };
}

test('equal selections share one list, and each representation is sent once', () => {
  const merged = mergeLookups([lookup(['a', 'b']), lookup(['b', 'c'])]);
  const { query, variables } = JSON.parse(merged.body);
  assert.equal(query.match(/_entities/g).length, 1);
  assert.deepEqual(
    variables._r0.map(({ id }: { id: string }) => id),
    ['a', 'b', 'c'],
  );
  assert.equal(merged.representationCount, 3);
});

test('every look-up gets what it would have got alone', () => {
  const ids = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'bad1', 'bad2'), { minLength: 1, maxLength: 5 });
  const lookups = fc.array(fc.tuple(ids, fc.constantFrom('price', 'name', 'price name')), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(lookups, (cases) => {
      const all = cases.map(([wanted, fields]) => lookup([...new Set(wanted)], fields));
      const merged = mergeLookups(all);
      const together = merged.split(answer(merged.body));
      for (const [index, one] of all.entries()) {
        const alone = mergeLookups([one]);
        const [expected] = alone.split(answer(alone.body));
        assert.deepEqual(together[index], expected);
      }
    }),
  );
});

test('an error of one entity reaches those who asked for it, at their own index', () => {
  const merged = mergeLookups([lookup(['a', 'bad1']), lookup(['bad1']), lookup(['a'])]);
  const [first, second, third] = merged.split(answer(merged.body));
  assert.deepEqual(
    first?.errors.map(({ path }) => path),
    [['_entities', 1, 'price']],
  );
  assert.deepEqual(
    second?.errors.map(({ path }) => path),
    [['_entities', 0, 'price']],
  );
  assert.deepEqual(third?.errors, []);
});

test('variables of equal value travel once', () => {
  const usd = lookup(['a'], 'price(currency:$c)', '"c":"USD"', ['$c:CurrencyCode']);
  const again = lookup(['b'], 'value(currency:$c)', '"c":"USD"', ['$c:CurrencyCode']);
  const { query, variables } = JSON.parse(mergeLookups([usd, again]).body);
  assert.equal(query.match(/\$c:CurrencyCode/g).length, 1);
  assert.equal(variables.c, 'USD');
});

test('of a hundred thousand errors each reaches its own look-up alone', () => {
  const lookups = Array.from({ length: 200 }, (_, index) => lookup([`token${index}`]));
  const merged = mergeLookups(lookups);
  const errors = Array.from({ length: 100_000 }, (_, index) => ({
    message: 'broken',
    path: ['e0', index % 200, 'price'],
  }));
  const parts = merged.split({ data: { e0: lookups.map(() => null) }, errors });
  assert.deepEqual(new Set(parts.map((part) => part.errors.length)), new Set([500]));
  assert.deepEqual(parts[7]?.errors[0], { message: 'broken', path: ['_entities', 0, 'price'] });
});

test('an error without a path is told to everybody', () => {
  const merged = mergeLookups([lookup(['a']), lookup(['b'], 'name')]);
  const parts = merged.split({ data: { e0: [{}], e1: [{}] }, errors: [{ message: 'all of it' }] });
  assert.deepEqual(
    parts.map(({ errors }) => errors.length),
    [1, 1],
  );
});

test('too few entities are missing for those who asked for them alone', () => {
  const merged = mergeLookups([lookup(['a']), lookup(['b'])]);
  const [first, second] = merged.split({ data: { e0: [{ price: 1 }] }, errors: [] });
  assert.deepEqual(first?.data, { _entities: [{ price: 1 }] });
  assert.deepEqual(second?.data, { _entities: [undefined] });
});
