import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildASTSchema, getOperationAST, parse } from 'graphql';
import rules from '../../../schema/rules.ts';
import type { Caller, PreparedOperation, Tier } from '../../../src/context.ts';
import { compileRules } from '../../../src/shield/compile-rules.ts';
import { createRuleEvaluator } from '../../../src/shield/evaluate-rule.ts';
import { createOperationPermits } from '../../../src/shield/permit-operation.ts';
import { SCOPES } from '../../kit/scopes.ts';

const CALLERS = 1_000_000;
const TIERS: readonly Tier[] = ['FREE', 'PRO', 'BUSINESS', 'ENTERPRISE'];
/** Every set of scopes that there is. */
const scopeSets = Array.from(
  { length: 2 ** SCOPES.length },
  (_, bits) => new Set(SCOPES.filter((_scope, index) => (bits >> index) % 2 === 1)),
);
const read = (name: string) => readFileSync(new URL(`../../../schema/${name}`, import.meta.url), 'utf8');

test('a million callers of the Dashboard, each another user with scopes of its own, make a handful of forms to compile', async (context) => {
  const document = parse(read('supergraph.graphql'), { noLocation: true });
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  const compiled = compileRules({ document, schema, rules: { file: 'rules.ts', map: rules, policies: {} } });
  const evaluate = createRuleEvaluator({ timeoutMs: 50, onFault: (name) => assert.fail(name) });
  const { permit, narrow } = createOperationPermits({ schema, rules: compiled, evaluate });
  const text = read('operations/01-dashboard.graphql');
  const query = parse(text, { noLocation: true });
  const operation = getOperationAST(query) ?? assert.fail();
  const prepared: PreparedOperation = {
    text,
    document: query,
    operation,
    type: operation.operation,
    name: operation.name?.value,
    variables: { portfolioId: 'pf_1' },
  };
  const forms = new Set<string>();
  const documents = new Set<object>();
  const scopesSeen = new Set<string>();
  const beganMs = performance.now();
  for (let number = 0; number < CALLERS; number += 1) {
    const caller: Caller = {
      tier: TIERS[number % TIERS.length] as Tier,
      scopes: scopeSets[(number * 7) % scopeSets.length] as ReadonlySet<string>,
      accountId: `acc_${number}`,
      ...(number % 3 === 0 ? {} : { userId: `usr_${number}` }),
    };
    const answered = permit(prepared, caller);
    const permitted = answered instanceof Promise ? await answered : answered;
    forms.add(permitted.text);
    documents.add(permitted.document);
    scopesSeen.add([...narrow(permitted, caller).scopes].join(' '));
  }
  const ms = Math.round(performance.now() - beganMs);
  context.diagnostic(`${CALLERS} callers, ${forms.size} forms, ${ms} ms`);
  // The whole operation, and the one without its portfolio.
  assert.equal(forms.size, 2);
  assert.equal(documents.size, 2);
  assert.deepEqual([...scopesSeen].sort(), ['', 'portfolio:read']);
});
