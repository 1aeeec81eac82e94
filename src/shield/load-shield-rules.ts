import { buildASTSchema, parse } from 'graphql';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import { type CompiledRules, compileRules } from './compile-rules.ts';
import { loadRules } from './load-rules.ts';

/**
 * Loads the rules file of the settings, if there is one, and compiles it with the access directives of a supergraph.
 *
 * @throws ConfigError CONFIG_NOT_FOUND or RULES_INVALID
 */
export async function loadShieldRules(
  supergraphSdl: string,
  { file }: GatewaySettings['rules'],
): Promise<CompiledRules> {
  const document = parse(supergraphSdl, { noLocation: true });
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  // `auto` that nobody resolved stands for no file: where the SDL is, only the control plane knows.
  const rules = file === 'auto' || file === null ? undefined : await loadRules(file);
  return compileRules({ document, schema, rules });
}
