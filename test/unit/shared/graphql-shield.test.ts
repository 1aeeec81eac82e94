import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { buildSchema, graphql } from 'graphql';
import { applyMiddleware, inputRule, rule, shield } from '../../../src/lib/graphql-shield.ts';

const require = createRequire(import.meta.url);
const isYupLoaded = () =>
  Object.keys(require.cache).some(
    (file) => /node_modules\/yup\/(?!.*package)/.test(file) && require.cache[file]?.children.length,
  );

test('rules that need no yup load none of it; those that do find it', async () => {
  const ask = (schema: Parameters<typeof graphql>[0]['schema'], source: string) =>
    graphql({ schema, source, rootValue: { hello: () => 'hello' }, contextValue: {} });
  const sdl = 'type Query { hello(name: String): String }';
  const guarded = applyMiddleware(buildSchema(sdl), shield({ Query: { hello: rule()(() => false) } }));
  assert.equal((await ask(guarded, '{ hello }')).errors?.[0]?.message, 'Not Authorised!');
  assert.equal(isYupLoaded(), false);

  const short = inputRule()((yup) => yup.object({ name: yup.string().max(3) }));
  const limited = applyMiddleware(buildSchema(sdl), shield({ Query: { hello: short } }));
  assert.match(
    (await ask(limited, '{ hello(name: "long") }')).errors?.[0]?.message ?? '',
    /at most 3 characters/,
  );
  assert.equal((await ask(limited, '{ hello(name: "abc") }')).errors, undefined);
  assert.equal(isYupLoaded(), true);
});
