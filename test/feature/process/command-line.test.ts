import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runTributary } from '../../kit/run-tributary.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

async function run(args: readonly string[], cwd?: string) {
  const command = runTributary(args, cwd === undefined ? {} : { cwd });
  return { exitCode: await command.ended, output: command.output() };
}

test('wrong use ends with exit code 2 and says what is wrong', async () => {
  for (const [args, expected] of [
    [['serve', '--frobnicate'], /unknown option '--frobnicate'/],
    [['serve', '--port', 'http'], /'http' is invalid\. expected a port from 0 to 65535/],
    [['serve', '--port', '70000'], /'70000' is invalid/],
    [['serve', '--workers', '0'], /'0' is invalid\. expected a whole number from 1 to 64/],
    [['dev', '--clock', 'sideways'], /Allowed choices are shift, fixed, loop/],
    [['bake'], /unknown command 'bake'/],
    [[], /Usage: tributary/],
  ] as const) {
    const { exitCode, output } = await run(args);
    assert.equal(exitCode, 2, args.join(' '));
    assert.match(output, expected);
  }
});

test('help is no error, and each command has it', async () => {
  for (const command of ['dev', 'serve', 'compose']) {
    const { exitCode, output } = await run([command, '--help']);
    assert.equal(exitCode, 0);
    assert.match(output, new RegExp(`^Usage: tributary ${command}`));
  }
});

const SUPERGRAPH =
  'subgraphs: { a: { routing_url: "http://127.0.0.1:1/", schema: { file: ./a.graphql } } }\n';

test('compose prints the supergraph, writes it, and tells it as JSON', async () => {
  using folder = createTemporaryFolder();
  folder.write('supergraph.yaml', SUPERGRAPH);
  folder.write('a.graphql', 'type Query { hello: String }\n');
  const printed = await run(['compose'], folder.path);
  assert.equal(printed.exitCode, 0);
  assert.match(printed.output, /^schema\n[\s\S]*hello: String/);

  const written = await run(['compose', '--out', 'out.graphql'], folder.path);
  assert.equal(written.output, 'out.graphql: composed from 1 subgraphs (a), 0 hints\n');
  assert.equal(readFileSync(join(folder.path, 'out.graphql'), 'utf8'), printed.output);

  const json = JSON.parse((await run(['compose', '--json'], folder.path)).output);
  assert.deepEqual(json, { supergraphSdl: printed.output, subgraphs: ['a'], hints: [] });
});

test('compose refuses with exit code 1 and writes nothing', async () => {
  using folder = createTemporaryFolder();
  folder.write('supergraph.yaml', SUPERGRAPH);
  folder.write('a.graphql', 'type Query {\n  hello: Strin\n}\n');
  const refused = await run(['compose', '--out', 'out.graphql'], folder.path);
  assert.equal(refused.exitCode, 1);
  assert.match(
    refused.output,
    /^COMPOSITION_FAILED The subgraphs do not compose\.\nINVALID_GRAPHQL .*\(a.*\): .*Strin/,
  );
  assert.doesNotMatch(refused.output, /^ +at /m);
  assert.equal(existsSync(join(folder.path, 'out.graphql')), false);

  const json = await run(['compose', '--json'], folder.path);
  assert.equal(json.exitCode, 1);
  const { errors } = JSON.parse(json.output) as {
    errors: { code: string; places: { subgraph: string }[] }[];
  };
  assert.deepEqual(
    errors.map(({ code, places }) => [code, places[0]?.subgraph]),
    [['INVALID_GRAPHQL', 'a']],
  );

  folder.write('supergraph.yaml', 'subgraphs:\n  a:\n    routing_ur: x\n');
  const yaml = await run(['compose'], folder.path);
  assert.equal(yaml.exitCode, 1);
  assert.match(
    yaml.output,
    /supergraph\.yaml:3:5: unknown key "subgraphs\.a\.routing_ur"; did you mean "routing_url"\?/,
  );
});
