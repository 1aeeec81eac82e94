import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { defaultGatewaySettings, gatewaySettings } from '../../../src/config/gateway-settings.ts';
import { loadYaml } from '../../../src/config/load-yaml.ts';
import { settingsJsonSchema } from '../../../src/config/settings-json-schema.ts';

const root = new URL('../../../', import.meta.url);
const file = fileURLToPath(new URL('gateway.yaml', root));
const text = readFileSync(file, 'utf8');

/** The paths of all keys below a map, as `server.cors.origins`. */
function keysOf(map: YAMLMap, prefix = ''): string[] {
  return map.items.flatMap(({ key, value }) => {
    const path = `${prefix}${String(isScalar(key) ? key.value : key)}`;
    return isMap(value) && value.items.length > 0 ? keysOf(value, `${path}.`) : [path];
  });
}

test('gateway.yaml shows every setting with its default', () => {
  assert.deepEqual(loadYaml(file, gatewaySettings, {}), defaultGatewaySettings());
  const shown = keysOf(parseDocument(text).contents as YAMLMap);
  const known = keysOf(parseDocument(JSON.stringify(defaultGatewaySettings())).contents as YAMLMap);
  assert.deepEqual([...shown].sort(), [...known].sort());
});

test('each key of gateway.yaml has a comment of one line above it', () => {
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    if (/^ *[a-zA-Z]+:/.test(line))
      assert.match(lines[index - 1] ?? '', /^ *# /, `line ${index + 1}: ${line}`);
  });
});

test('the JSON Schema for editors is made from the settings, and gateway.yaml points to it', () => {
  const schemaFile = new URL('schema/gateway.schema.json', root);
  const committed: unknown = JSON.parse(readFileSync(schemaFile, 'utf8'));
  assert.deepEqual(committed, JSON.parse(settingsJsonSchema()), 'run: node scripts/build-settings-schema.ts');
  const [, path] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  assert.equal(new URL(path ?? '', root).href, schemaFile.href);
});
