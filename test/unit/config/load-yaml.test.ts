import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultGatewaySettings, gatewaySettings } from '../../../src/config/gateway-settings.ts';
import { loadYaml, parseYaml } from '../../../src/config/load-yaml.ts';
import { supergraphConfig } from '../../../src/config/supergraph-config.ts';
import { ConfigError } from '../../../src/errors/errors.ts';

const gateway = (text: string, environment: NodeJS.ProcessEnv = {}) =>
  parseYaml(text, 'gateway.yaml', gatewaySettings, environment);
const supergraph = (text: string) => parseYaml(text, 'supergraph.yaml', supergraphConfig, {});

describe('gateway.yaml', () => {
  test('an empty file is all defaults', () => {
    assert.deepEqual(gateway(''), defaultGatewaySettings());
    assert.deepEqual(gateway('# nothing\n'), defaultGatewaySettings());
  });

  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: this is the syntax of gateway.yaml
  test('the environment is put in, with its type, and defaults after a colon', () => {
    const text = 'server:\n  port: ${PORT:4000}\n  host: "${HOST:::1}"\n  sandbox: ${SANDBOX:true}\n';
    assert.deepEqual(
      (({ port, host, sandbox }) => ({ port, host, sandbox }))(
        gateway(text, { PORT: '8080', SANDBOX: 'false' }).server,
      ),
      { port: 8080, host: '::1', sandbox: false },
    );
    assert.equal(gateway(text).server.port, 4000);
  });

  test('settings are frozen, all the way down', () => {
    const settings = gateway('server:\n  port: 1\n');
    assert.throws(() => {
      (settings.server.cors.origins as string[]).push('https://evil.example');
    }, TypeError);
  });

  const faults: readonly (readonly [string, string, string, string])[] = [
    [
      'an unknown key',
      'server:\n  prot: 1\n',
      'CONFIG_UNKNOWN_KEY',
      'gateway.yaml:2:3: unknown key "server.prot"; did you mean "port"?',
    ],
    [
      'a key that is near to none',
      'zzzzzz: 1\n',
      'CONFIG_UNKNOWN_KEY',
      'gateway.yaml:1:1: unknown key "zzzzzz"; known keys: server, admin, ',
    ],
    [
      'an unknown key of a subgraph',
      'subgraphs:\n  overrides:\n    price:\n      timeout: 1\n',
      'CONFIG_UNKNOWN_KEY',
      'gateway.yaml:4:7: unknown key "subgraphs.overrides.price.timeout"; did you mean "timeoutMs"?',
    ],
    [
      'a wrong type',
      'server:\n  port: four\n',
      'CONFIG_INVALID_VALUE',
      'gateway.yaml:2:9: server.port: expected a value of type number, found "four"',
    ],
    [
      'a value below its least',
      'limits:\n  depth: 0\n',
      'CONFIG_INVALID_VALUE',
      'gateway.yaml:2:10: limits.depth: expected at least 1, found 0',
    ],
    [
      'a value above its most',
      'server:\n  port: 65536\n',
      'CONFIG_INVALID_VALUE',
      'expected at most 65535, found 65536',
    ],
    [
      'a word that is none of the choices',
      'logging:\n  level: loud\n',
      'CONFIG_INVALID_VALUE',
      'expected one of fatal, error',
    ],
    ['broken YAML', 'server: [\n', 'CONFIG_SYNTAX', 'gateway.yaml:'],
    [
      'a variable that is not set',
      'server:\n  port: ${PORT}\n',
      'CONFIG_MISSING_VARIABLE',
      'gateway.yaml:2:9: the environment variable PORT is not set',
    ],
    ['an alias without an anchor', 'server: *nobody\n', 'CONFIG_SYNTAX', 'gateway.yaml: Unresolved alias'],
    [
      'aliases that multiply',
      `a: &a [${'x,'.repeat(9)}]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: [${'*c,'.repeat(9)}]\n`,
      'CONFIG_SYNTAX',
      'gateway.yaml: Excessive alias count',
    ],
    [
      'a list at the top',
      '- a\n',
      'CONFIG_INVALID_VALUE',
      'gateway.yaml:1:1: the file: expected a value of type object',
    ],
  ];
  for (const [name, text, code, message] of faults) {
    test(`${name}: file, line, what was expected, what was found`, () => {
      assert.throws(
        () => gateway(text),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.equal(error.code, code);
          assert.ok(error.message.includes(message), error.message);
          return true;
        },
      );
    });
  }

  test('a value of the environment that is no YAML is refused with its place, and not told', () => {
    assert.throws(() => gateway('server:\n  host: ${HOST}\n', { HOST: '[secret' }), {
      code: 'CONFIG_SYNTAX',
      message:
        'gateway.yaml:2:9: what the environment puts in here is not valid YAML; put the value in quotes.',
    });
  });

  test('all faults of a file are told at once', () => {
    assert.throws(
      () => gateway('server:\n  port: a\nlimits:\n  depth: b\n'),
      /server\.port[\s\S]*limits\.depth/,
    );
  });

  test('a file that is not there is named', () => {
    assert.throws(() => loadYaml('nowhere.yaml', gatewaySettings), {
      code: 'CONFIG_NOT_FOUND',
      message: /^nowhere\.yaml: /,
    });
  });
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the rest has none

describe('supergraph.yaml', () => {
  test("rover's format is taken as it is", () => {
    const text =
      'federation_version: =2.9.0\nsubgraphs:\n  price:\n    routing_url: http://localhost:4202/graphql\n    schema:\n      file: ./price.graphql\n  news:\n    schema:\n      subgraph_url: https://news.example/graphql\n';
    const config = supergraph(text);
    assert.equal(config.federation_version, '=2.9.0');
    assert.deepEqual(Object.keys(config.subgraphs), ['price', 'news']);
  });

  const faults: readonly (readonly [string, string, string])[] = [
    ['no subgraphs', 'subgraphs: {}\n', 'supergraph.yaml:1:12: subgraphs: expected at least one subgraph'],
    ['no such key', 'subgraph:\n  a: 1\n', 'unknown key "subgraph"; did you mean "subgraphs"?'],
    [
      'Federation 1',
      'federation_version: 1\nsubgraphs:\n  a:\n    schema: {file: a}\n',
      'expected a version of Federation 2',
    ],
    [
      'a URL of another kind',
      'subgraphs:\n  a:\n    routing_url: ftp://x\n    schema: {file: a}\n',
      'subgraphs.a.routing_url: expected an http or https URL, or internal:gateway, found "ftp://x"',
    ],
    [
      'an internal URL that there is not',
      'subgraphs:\n  a:\n    routing_url: internal:other\n    schema: {file: a}\n',
      'subgraphs.a.routing_url: expected an http or https URL, or internal:gateway, found "internal:other"',
    ],
    [
      'a schema without a source',
      'subgraphs:\n  a:\n    routing_url: http://x\n    schema: {}\n',
      'supergraph.yaml:4:13: subgraphs.a.schema',
    ],
    ['a name with a space', 'subgraphs:\n  a b:\n    schema: {file: a}\n', 'expected a name of letters'],
  ];
  for (const [name, text, message] of faults) {
    test(`${name}: refused with the place`, () => {
      assert.throws(
        () => supergraph(text),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.ok(error.message.includes(message), error.message);
          return true;
        },
      );
    });
  }
});
