import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import { readFieldInputs } from '../supergraph/field-inputs.ts';
import type { SupergraphModel } from '../supergraph/supergraph-model.ts';
import { checkProtectedInputs } from './check-protected-inputs.ts';
import { type CompiledRules, compileRules } from './compile-rules.ts';
import { loadRules, type RuleFile } from './load-rules.ts';

/**
 * Loads the rules file of the settings, if there is one, and compiles it with the access directives of a supergraph.
 * Requests are served between its steps.
 *
 * @throws ConfigError CONFIG_NOT_FOUND, RULES_INVALID or PROTECTED_INPUT_UNCOVERED: nothing is served with rules that
 *   would guard less than they say
 */
export async function loadShieldRules(
  supergraph: SupergraphModel,
  { file }: GatewaySettings['rules'],
): Promise<CompiledRules> {
  // `auto` that nobody resolved stands for no file: where the SDL is, only the control plane knows.
  const rules = file === 'auto' || file === null ? undefined : await loadRules(file);
  return compileShieldRules(supergraph, rules);
}

/**
 * The same with rules that are loaded.
 *
 * @param rules - undefined where there is no rules file
 * @throws ConfigError RULES_INVALID or PROTECTED_INPUT_UNCOVERED
 */
export async function compileShieldRules(
  supergraph: SupergraphModel,
  rules: RuleFile | undefined,
): Promise<CompiledRules> {
  const { document } = supergraph;
  await nextTurn();
  const { schema } = supergraph;
  await nextTurn();
  const compiled = compileRules({ document, schema, rules });
  await nextTurn();
  checkProtectedInputs(readFieldInputs(document, schema), compiled);
  return compiled;
}
