import assert from 'node:assert/strict';
import type { TestAnswer, TestGateway } from '../kit/gateway.ts';
import type { Cell } from './cells.ts';

/** What stands beside a cell in its batch: it may be asked by anybody and calls nobody. */
const NEIGHBOUR = { query: '{ __typename }' };

/** What a cell was answered. */
export interface CellAnswer {
  readonly answer: TestAnswer['body'];
  /** For messages: the cell, its document, and all that came back. */
  readonly where: string;
}

/** Asks a cell, alone or in a batch, as its shape says. */
export async function askCell(
  gateway: TestGateway,
  cell: Cell,
  headers: Readonly<Record<string, string>>,
): Promise<CellAnswer> {
  const { status, body } = await gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(cell.isBatched ? [NEIGHBOUR, cell.parameters] : cell.parameters),
  });
  const where = `${cell.name}\n${cell.parameters.query}\n${JSON.stringify(body)}`;
  assert.equal(status, 200, where);
  if (cell.isBatched) assert.deepEqual(body[0].data, { __typename: 'Query' }, where);
  return { answer: cell.isBatched ? body[1] : body, where };
}
