import { buildASTSchema, parse } from 'graphql';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import { readFieldInputs } from '../supergraph/field-inputs.ts';
import { checkProtectedInputs } from './check-protected-inputs.ts';
import { type CompiledRules, compileRules } from './compile-rules.ts';
import { loadRules, type RuleFile } from './load-rules.ts';

/**
 * Loads the rules file of the settings, if there is one, and compiles it with the access directives of a supergraph.
 *
 * @param supergraphSdl - the supergraph as it was composed, access directives included
 * @throws ConfigError CONFIG_NOT_FOUND, RULES_INVALID or PROTECTED_INPUT_UNCOVERED: nothing is served with rules that
 *   would guard less than they say
 */
export async function loadShieldRules(
  supergraphSdl: string,
  { file }: GatewaySettings['rules'],
): Promise<CompiledRules> {
  // `auto` that nobody resolved stands for no file: where the SDL is, only the control plane knows.
  const rules = file === 'auto' || file === null ? undefined : await loadRules(file);
  return compileShieldRules(supergraphSdl, rules);
}

/**
 * The same with rules that are loaded.
 *
 * @param rules - undefined where there is no rules file
 * @throws ConfigError RULES_INVALID or PROTECTED_INPUT_UNCOVERED
 */
export function compileShieldRules(supergraphSdl: string, rules: RuleFile | undefined): CompiledRules {
  const document = parse(supergraphSdl, { noLocation: true });
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  const compiled = compileRules({ document, schema, rules });
  checkProtectedInputs(readFieldInputs(document, schema), compiled);
  return compiled;
}
