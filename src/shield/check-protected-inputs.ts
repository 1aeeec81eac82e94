import { ConfigError } from '../errors/errors.ts';
import { type AnyRule, marksOf, scopeAlternativesOf } from '../lib/rules.ts';
import type { FieldInputs } from '../supergraph/field-inputs.ts';
import type { CompiledRules } from './compile-rules.ts';
import { conjunctsOf } from './describe-rule.ts';
import type { Guard } from './guard.ts';

/**
 * Checks that whoever may see a field may also see what its subgraph is sent for it: a field computed from protected
 * values would tell them to people who may not see them.
 *
 * Covered is a rule that the asking field has too (the same rule object), that one of its rules implies, or that is
 * a wider choice of scopes.
 *
 * @throws ConfigError PROTECTED_INPUT_UNCOVERED with a line for each field and input
 */
export function checkProtectedInputs(inputs: readonly FieldInputs[], rules: CompiledRules): void {
  const guardOf = (coordinate: string): Guard | undefined => {
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    return rules.guardOf(typeName, fieldName);
  };
  const faults = inputs.flatMap(({ coordinate, directive, inputs: read }) =>
    read.flatMap((input) => {
      const missing = missingRules(guardOf(input), guardOf(coordinate));
      if (missing.length === 0) return [];
      return `${coordinate} ${directive} reads ${input}, whose rule it does not have: ${missing.join(', ')}`;
    }),
  );
  if (faults.length > 0) {
    throw new ConfigError('PROTECTED_INPUT_UNCOVERED', [...new Set(faults)].join('\n'));
  }
}

/** The rules of an input that hold for nothing in the rules of the field that reads it. */
function missingRules(input: Guard | undefined, asking: Guard | undefined): string[] {
  if (input === undefined) return [];
  const held = (asking?.rules ?? []).flatMap(({ rule }) => conjunctsOf(rule)).flatMap(withImplied);
  return input.rules.filter(({ rule }) => !isCovered(rule, held)).map(({ name }) => name);
}

function withImplied(rule: AnyRule): readonly AnyRule[] {
  return [rule, ...(marksOf(rule)?.implies ?? []).flatMap(withImplied)];
}

function isCovered(rule: AnyRule, held: readonly AnyRule[]): boolean {
  if (held.includes(rule)) return true;
  const wanted = scopeAlternativesOf(rule);
  if (wanted !== undefined) {
    return held.some((candidate) =>
      scopeAlternativesOf(candidate)?.every((set) =>
        wanted.some((alternative) => alternative.every((scope) => set.includes(scope))),
      ),
    );
  }
  const parts = conjunctsOf(rule).filter((part) => part !== rule);
  return parts.length > 0 && parts.every((part) => isCovered(part, held));
}
