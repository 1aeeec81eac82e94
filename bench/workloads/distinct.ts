import {
  createPortfolioData,
  PORTFOLIO_FIELDS,
  type PortfolioSelection,
  portfolioId,
  portfolioQuery,
} from './portfolio.ts';
import type { Workload } from './workload.ts';

const FIELD_COUNT = Object.values(PORTFOLIO_FIELDS).flat().length;
const DOCUMENTS = 2 ** FIELD_COUNT;
/** Odd, so that walking by it visits every subset of the fields before it repeats one. */
const STRIDE = 6_151;

/** Document number `index`: the subset of the optional fields that the bits of a number name. */
function document(index: number): string {
  const bits = (index * STRIDE + 1) % DOCUMENTS;
  let position = 0;
  const chosen = (type: keyof PortfolioSelection): string[] =>
    PORTFOLIO_FIELDS[type].filter(() => {
      const isChosen = ((bits >> position) & 1) === 1;
      position += 1;
      return isChosen;
    });
  const selection: PortfolioSelection = {
    portfolio: chosen('portfolio'),
    holding: chosen('holding'),
    token: chosen('token'),
    price: chosen('price'),
    metrics: chosen('metrics'),
    headlines: chosen('headlines'),
  };
  // A holding keeps one field that is always there, so that no selection set is empty.
  return portfolioQuery(
    { ...selection, holding: ['__typename', ...selection.holding] },
    `Document${index % DOCUMENTS}`,
  );
}

/** A document that was never seen before in every request: the cost of parsing, validating, planning, compiling. */
export function createDistinct(): Workload {
  return {
    name: 'distinct',
    description: 'a new document in every request: parsing, validation, planning',
    connections: 8,
    ...createPortfolioData(),
    requestCount: DOCUMENTS,
    request: (index) => ({ query: document(index), variables: { id: portfolioId(index) } }),
    roundRequests: 300,
    warmUpRequests: 200,
  };
}
