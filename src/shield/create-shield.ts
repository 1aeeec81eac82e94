import type { GraphQLSchema } from 'graphql';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { Caller, PreparedOperation } from '../context.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { SupergraphModel } from '../supergraph/supergraph-model.ts';
import type { CompiledRules } from './compile-rules.ts';
import { createRuleEvaluator } from './evaluate-rule.ts';
import { loadShieldRules } from './load-shield-rules.ts';
import { createOperationPermits, type OperationPermits } from './permit-operation.ts';
import type { PermittedOperation } from './permitted-operation.ts';

/** The rules of one supergraph, ready to be asked. */
export interface Shield {
  readonly rules: CompiledRules;
  /**
   * Makes the step that says what of an operation its caller may run, and as whom it runs.
   *
   * @param schema - what clients see
   */
  createPermits(schema: GraphQLSchema): ShieldPermits;
}

export interface ShieldPermits extends OperationPermits {
  /** An operation as some callers may run it, each form once; counted as nobody's refusal. */
  readonly formsFor: (
    operation: PreparedOperation,
    callers: readonly Caller[],
  ) => Promise<readonly PreparedOperation[]>;
}

export interface ShieldOptions {
  readonly supergraph: SupergraphModel;
  readonly settings: GatewaySettings['rules'];
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'refusedFields' | 'ruleFaults'>;
}

/**
 * Loads the rules file of the settings and compiles it with the access directives of the supergraph.
 *
 * @throws ConfigError CONFIG_NOT_FOUND, RULES_INVALID or PROTECTED_INPUT_UNCOVERED: nothing is served with rules that
 *   would guard less than they say
 */
export async function createShield({ supergraph, settings, log, metrics }: ShieldOptions): Promise<Shield> {
  const rules = await loadShieldRules(supergraph, settings);
  if (rules.unnamed.length > 0) {
    const coordinates = rules.unnamed.slice(0, 20).join(', ');
    log.warn(
      { count: rules.unnamed.length, coordinates },
      'fields without a rule or an access directive are refused',
    );
  }
  const evaluate = createRuleEvaluator({
    timeoutMs: settings.timeoutMs,
    onFault(rule, fault) {
      metrics.ruleFaults.inc();
      log.error({ rule, reason: fault.message }, 'a rule failed, so the field is refused');
    },
  });
  return {
    rules,
    createPermits(apiSchema) {
      const { permit, narrow } = createOperationPermits({ schema: apiSchema, rules, evaluate });
      const count = (permitted: PermittedOperation): PermittedOperation => {
        for (const { code } of permitted.refusals?.fields ?? []) metrics.refusedFields.inc({ code });
        return permitted;
      };
      return {
        narrow,
        async formsFor(operation, callers) {
          const forms = await Promise.all(callers.map((caller) => permit(operation, caller)));
          return [...new Map(forms.map((form) => [form.text, form])).values()];
        },
        permit(operation, caller) {
          const permitted = permit(operation, caller);
          return permitted instanceof Promise ? permitted.then(count) : count(permitted);
        },
      };
    },
  };
}
