/** A document that no other number has, over the subgraphs of `trading-world.ts`: a fetch of tokens and their prices. */
export function distinctDocument(number: number): string {
  return `query Document${number} { tokens(ids: ["t${number % 100}"]) { id price${number}: price volume } }`;
}
