import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runTributary } from '../../kit/run-tributary.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const SERVED = fileURLToPath(new URL('../../../schema/supergraph.graphql', import.meta.url));

async function run(args: readonly string[], cwd?: string, env?: Readonly<Record<string, string>>) {
  const command = runTributary(args, { ...(cwd && { cwd }), ...(env && { env }) });
  return { exitCode: await command.ended, output: command.output() };
}

test('wrong use ends with exit code 2 and says what is wrong', async () => {
  for (const [args, expected] of [
    [['serve', '--frobnicate'], /unknown option '--frobnicate'/],
    [['serve', '--port', 'http'], /'http' is invalid\. expected a port from 0 to 65535/],
    [['serve', '--port', '70000'], /'70000' is invalid/],
    [['serve', '--workers', '0'], /'0' is invalid\. expected a whole number from 1 to 64/],
    [['dev', '--clock', 'sideways'], /Allowed choices are shift, fixed, loop/],
    [['rollback', 'yesterday'], /'yesterday' is invalid.*\. expected a whole number from 1 on/],
    [['versions', '--admin-url', 'platform'], /'platform' is invalid\. expected a URL such as/],
    [['bake'], /unknown command 'bake'/],
    [[], /Usage: tributary/],
  ] as const) {
    const { exitCode, output } = await run(args);
    assert.equal(exitCode, 2, args.join(' '));
    assert.match(output, expected);
  }
});

test('what is missing or away is one line that says so, with exit code 1', async () => {
  using folder = createTemporaryFolder();
  const away = { TRIBUTARY_ADMIN_TOKEN: 'any' };
  const tables = { DATABASE_URL: 'postgresql://user:hidden@127.0.0.1:1/tables' };
  folder.write('a.graphql', '{ a }');
  const sdl = 'enum join__Graph { A @join__graph(name: "a", url: "http://127.0.0.1:1") }';
  folder.write('broken.graphql', sdl);
  const serve = ['serve', '--port', '0', '--admin-port', '0', '--supergraph'];
  const cases: readonly (readonly [readonly string[], RegExp, Readonly<Record<string, string>>?])[] = [
    [['explain', 'nowhere.graphql'], /^CONFIG_NOT_FOUND There is no file nowhere\.graphql, or/],
    [
      ['keys', 'list', '--state-dir', 'elsewhere'],
      /^CONFIG_NOT_FOUND There is no admin token: set TRIBUTARY_ADMIN_TOKEN, or/,
    ],
    [
      ['versions', '--admin-url', 'http://127.0.0.1:1'],
      /^START_FAILED Nothing answers at http:\S+: is/,
      away,
    ],
    [['signing-key', 'prepare', '--state-dir', 'typo'], /^CONFIG_NOT_FOUND typo is no state directory/],
    [
      [...serve, SERVED],
      /^START_FAILED The tables .* in PostgreSQL \(DATABASE_URL\) cannot be opened: .*REFUSED/,
      tables,
    ],
  ];
  // What is wrong with the supergraph may be known before the tables have failed, and is told by nobody then.
  const broken = await run([...serve, 'broken.graphql'], folder.path, tables);
  assert.equal(broken.exitCode, 1);
  assert.match(broken.output, /^[A-Z_]+ The /);
  assert.doesNotMatch(broken.output, /^ +at /m);
  for (const [args, expected, env] of cases) {
    const { exitCode, output } = await run(args, folder.path, env);
    assert.equal(exitCode, 1, output);
    assert.match(output, expected);
    assert.equal(output.trimEnd().split('\n').length, 1, output);
    assert.doesNotMatch(output, /hidden/);
  }
  assert.equal(existsSync(join(folder.path, 'typo')), false);
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
