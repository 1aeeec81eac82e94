import { readFileSync } from 'node:fs';
import { buildASTSchema, getOperationAST, parse } from 'graphql';
import { gatewaySettings } from '../../src/config/gateway-settings.ts';
import { type CostModel, compileCost } from '../../src/limits/cost/compile-cost.ts';
import type { CompiledCost } from '../../src/limits/cost/compiled-cost.ts';
import { estimateCost } from '../../src/limits/cost/estimate-cost.ts';
import { readCostDirectives } from '../../src/supergraph/cost-directives.ts';

/** A cost model of SDL, with the settings' defaults. */
export function createTestCostModel(sdl: string, overrides: Partial<CostModel> = {}): CostModel {
  const document = parse(sdl);
  const { cost } = gatewaySettings.parse({});
  return {
    schema: buildASTSchema(document, { assumeValidSDL: true }),
    directives: readCostDirectives(document),
    ...cost,
    ...overrides,
  };
}

/** The model of the platform's own supergraph. */
export function platformCostModel(): CostModel {
  return createTestCostModel(readFileSync('schema/supergraph.graphql', 'utf8'));
}

/** Compiles the only operation of a document. */
export function compileTestCost(model: CostModel, query: string): CompiledCost {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('the document has no operation, or several');
  return compileCost(model, document, operation);
}

/** The estimate of a document's only operation. */
export function estimateQuery(
  model: CostModel,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): number {
  return estimateCost(compileTestCost(model, query), variables);
}
