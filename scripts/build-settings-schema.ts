import { writeFileSync } from 'node:fs';
import { settingsJsonSchema } from '../src/config/settings-json-schema.ts';

/** Writes `schema/gateway.schema.json`, by which editors complete and check `gateway.yaml`. */
writeFileSync(new URL('../schema/gateway.schema.json', import.meta.url), settingsJsonSchema());
